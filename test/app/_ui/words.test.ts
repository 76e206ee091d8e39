import { expect, test } from "vitest";
import { count, deadInWords, doerWords, taskStateInWords } from "#/app/_ui/words.ts";

test("a queued task says what it waits for, and that it was tried before", () => {
  expect(taskStateInWords("pending", 0, [])).toBe("Queued");
  expect(taskStateInWords("pending", 0, ["t1", "t2"])).toBe("Waiting for t1, t2");
  expect(taskStateInWords("pending", 2, [])).toBe("Queued to try again");
});

test("an ended task says how it ended, whatever it waited for", () => {
  expect(taskStateInWords("failed", 3, ["t1"])).toBe("Failed");
});

test("a dead letter says why nobody but a person tries it again", () => {
  expect(deadInWords("attempts", 3)).toBe("All of its 3 attempts failed; another one may succeed.");
  expect(deadInWords("poison", 3)).toBe(
    "It ended the process that ran it 3 times, so nothing runs it again by itself.",
  );
  expect(deadInWords("final", 1)).toBe("As it stands, another attempt is not expected to help.");
});

test("a task for which nobody was found is not the main agent's", () => {
  expect(doerWords.main).toBe("No agent");
  expect(doerWords.knowledge).toBe("Knowledge");
});

test("one of a thing is singular", () => {
  expect([count(1, "finding"), count(0, "finding"), count(2, "finding")]).toEqual([
    "1 finding",
    "0 findings",
    "2 findings",
  ]);
});
