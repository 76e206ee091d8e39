import { describe, expect, test } from "vitest";
import { typed } from "#/test/cli/typed.ts";

describe("deputy", () => {
  test("lists its commands with --help on standard output", async () => {
    const { status, stdout } = await typed(["--help"]);
    expect(status).toBe(0);
    const names = ["ask", "runs", "show", "cancel", "pause", "resume", "dead-letters", "agents", "ingest", "parse"];
    for (const name of [...names, "doctor"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });

  test.each([
    ["an unknown command", ["askk", "hello"], "Did you mean ask?"],
    ["an unknown option", ["ask", "--jsonk", "hello"], "Did you mean --jsonl?"],
    ["a missing argument", ["show"], "missing required argument 'run'"],
    ["a limit that is no number", ["runs", "--limit", "many"], "whole number from 1 to 200"],
    ["a limit out of range", ["runs", "--limit", "201"], "whole number from 1 to 200"],
    ["an address that is none", ["--url", "here", "runs"], '"here" is not an address'],
    ["no message", ["ask"], "There is no message"],
  ])("refuses %s with status 2 and a hint", async (_, words, hint) => {
    const { status, stdout, stderr } = await typed(words);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(hint);
  });

  test("shows its help on standard error, with status 2, when there is no command", async () => {
    const { status, stdout, stderr } = await typed([]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: deputy");
  });

  test("refuses an empty message that was piped in", async () => {
    expect(await typed(["ask"], { input: " \n" })).toMatchObject({ status: 2, stdout: "" });
  });
});
