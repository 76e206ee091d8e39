import { expect, test } from "vitest";
import { changeInWords } from "#/app/_ui/change-words.ts";

test("a change of the plan says who made it and what it touched", () => {
  expect(changeInWords({ by: "user", dropped: ["t3"], changed: ["t4", "t5"], added: [] })).toBe(
    "You changed the plan: removed t3; changed t4, t5.",
  );
  expect(changeInWords({ by: "main", dropped: [], changed: [], added: ["t6"] })).toBe(
    "Deputy changed the plan: added t6.",
  );
});
