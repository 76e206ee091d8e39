import { expect, it } from "vitest";
import { withEarly } from "#/app/_ui/draft.ts";

it.each([
  ["", "", ""],
  ["kept", "", "kept"],
  ["", "early", "early"],
  ["kept", "early", "kept\n\nearly"],
  // The browser had put back what it knew of the box.
  ["kept whole", "kept", "kept whole"],
  ["kept", "kept, and more", "kept, and more"],
])("a kept draft %j and %j, typed before the page was ready, are %j", (kept, early, begun) => {
  expect(withEarly(kept, early)).toBe(begun);
});
