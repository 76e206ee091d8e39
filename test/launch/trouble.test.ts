import { describe, expect, test } from "vitest";
import { troubleIn } from "#/lib/launch/trouble.ts";

describe("what a person at the terminal sees of a child's output", () => {
  test.each([
    ["a warning", '{"level":40,"msg":"Redis is away","error":"refused"}', "stderr", "warning: Redis is away: refused"],
    ["an error with its cause", '{"level":50,"msg":"no","err":{"message":"why"}}', "stderr", "error: no: why"],
    ["words on standard error", "Segmentation fault", "stderr", "Segmentation fault"],
    ["an object that is no log entry", '{"a":1}', "stderr", '{"a":1}'],
    ["half a log entry", '{"level":50,"msg":"cut', "stderr", '{"level":50,"msg":"cut'],
  ] as const)("%s is shown", (_, line, from, shown) => {
    expect(troubleIn(line, from)).toBe(shown);
  });

  test.each([
    ["information", '{"level":30,"msg":"ready"}', "stderr"],
    ["words on standard output", "Ready in 158 ms", "stdout"],
    ["an empty line", "  ", "stderr"],
  ] as const)("%s is not", (_, line, from) => {
    expect(troubleIn(line, from)).toBeNull();
  });
});
