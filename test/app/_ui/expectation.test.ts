import { expect, test } from "vitest";
import { expectationInWords } from "#/app/_ui/expectation.ts";

test("what is expected stands alone until it can be compared with what it took", () => {
  expect(expectationInWords({ seconds: 2.8, costUsd: 0 })).toBe("expected 2.8 s");
  const took = { seconds: 1.4, costUsd: 0 };
  expect(expectationInWords({ seconds: 2.8, costUsd: 0, took })).toBe("expected 2.8 s, took 1.4 s");
});

test("money is named where there is known to be some", () => {
  expect(expectationInWords({ seconds: 2.8, costUsd: 0.02 })).toBe("expected 2.8 s and $0.0200");
  const took = { seconds: 75, costUsd: 0.5 };
  expect(expectationInWords({ seconds: 60, costUsd: 0, took })).toBe("expected 1 min 00 s, took 1 min 15 s and $0.50");
});
