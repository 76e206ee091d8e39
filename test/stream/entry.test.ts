import { describe, expect, test } from "vitest";
import { readFields } from "#/lib/stream/entry.ts";

describe("the fields of an entry", () => {
  test("name the task and the hash of its row", () => {
    expect(readFields(["v", "1", "task", "t", "hash", "h"])).toEqual({ taskId: "t", hash: "h" });
  });

  test.each([
    ["of another version", ["v", "2", "task", "t", "hash", "h"], "unknown-version"],
    ["that are not ours", ["job", "1"], "foreign"],
    ["of an entry that was deleted", null, "malformed"],
    ["that are none", [], "malformed"],
    ["without a task", ["v", "1"], "malformed"],
    ["with an empty task", ["v", "1", "task", "", "hash", "h"], "malformed"],
    ["with more than belongs there", ["v", "1", "task", "t", "hash", "h", "x", "y"], "malformed"],
    ["in another order", ["v", "1", "hash", "h", "task", "t"], "malformed"],
    ["of more than a kilobyte", ["v", "1", "task", "t", "hash", "é".repeat(600)], "oversized"],
  ] as const)("%s are refused", (_, fields, reason) => {
    expect(readFields(fields)).toBe(reason);
  });
});
