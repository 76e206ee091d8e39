import { describe, expect, test } from "vitest";
import { Answer } from "#/lib/cli/answer.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { logOf } from "#/test/cli/fake-server.ts";

const begin = (turn: number, phase: Phase): NewEvent => ({ type: "turn.started", data: { turn, phase } });
const write = (turn: number, text: string, note = false): NewEvent => ({
  type: "text.appended",
  data: { turn, text, note },
});
const end = (turn: number, note = false, finish: "stop" | "interrupted" = "stop"): NewEvent => ({
  type: "turn.ended",
  data: { turn, finish, note },
});
const learn: NewEvent = { type: "run.phase-changed", data: { from: "VERIFYING", to: "LEARNING" } };
const completed: NewEvent = { type: "run.completed", data: { milliseconds: 1 } };

/** For each event what it released: the answer as it is, notes in brackets. */
function released(...events: NewEvent[]): string[] {
  const answer = new Answer();
  return logOf(events).map((event) =>
    answer
      .take(event)
      .map(({ kind, text }) => (kind === "answer" ? text : `[${text}]`))
      .join("|"),
  );
}

describe("the answer of a run", () => {
  test("is released as it comes behind a passing VERIFY", () => {
    expect(released(begin(1, "VERIFYING"), learn, write(1, "Yes, "), write(1, "it is."), end(1))).toEqual([
      "",
      "",
      "Yes,",
      " it is.",
      "",
    ]);
  });

  test("is held in PLANNING until the turn ends", () => {
    expect(released(begin(1, "PLANNING"), write(1, "Hel"), write(1, "lo"), end(1))).toEqual(["", "", "", "Hello"]);
  });

  test("does not hold the prose of a turn that its end calls a note", () => {
    expect(released(begin(1, "PLANNING"), write(1, "I will look."), end(1, true), completed).join("")).toBe(
      "[I will look.]",
    );
  });

  test("does not hold prose that is a note from the beginning", () => {
    const events = [begin(1, "VERIFYING"), write(1, "Checking.", true), learn, write(1, "Yes."), end(1)];
    expect(released(...events)).toEqual(["", "", "[Checking.]", "Yes.", ""]);
  });

  test("keeps its order when prose before VERIFY belongs to it", () => {
    expect(released(begin(1, "VERIFYING"), write(1, "One. "), learn, write(1, "Two."), end(1))).toEqual([
      "",
      "",
      "",
      "",
      "One. Two.",
    ]);
  });

  test("takes prose whose turn never ended when the run completes, and drops it when the run fails", () => {
    const failed: NewEvent = { type: "run.failed", data: { milliseconds: 1, error: { code: "x", message: "y" } } };
    expect(released(begin(1, "PLANNING"), write(1, "Hello"), completed).at(-1)).toBe("Hello");
    expect(released(begin(1, "PLANNING"), write(1, "Hello"), failed).join("")).toBe("");
  });

  test("begins a paragraph with each turn, but goes on where an interrupted one was cut off", () => {
    const turns = (finish: "stop" | "interrupted") =>
      released(
        begin(1, "LEARNING"),
        write(1, "Yes, "),
        end(1, false, finish),
        begin(2, "LEARNING"),
        write(2, "it is."),
        end(2),
      );
    expect(turns("stop").join("")).toBe("Yes,\n\nit is.");
    expect(turns("interrupted").join("")).toBe("Yes, it is.");
  });

  test("neither begins nor ends with blank lines, and keeps those inside", () => {
    const events = [
      begin(1, "LEARNING"),
      write(1, "\n\n"),
      write(1, "  a\n\n"),
      write(1, "\nb\n"),
      write(1, "\n"),
      end(1),
    ];
    expect(released(...events).join("")).toBe("  a\n\n\nb");
  });
});
