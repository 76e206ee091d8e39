import { z } from "zod";
import type { Bench, Values } from "#/test/bench/harness/bench.ts";
import { withMembers } from "#/test/bench/harness/measure.ts";
import { startMember } from "#/test/bench/harness/member.ts";
import { outputOf, type ParserQuestion } from "#/test/bench/harness/parser-text.ts";

const SHORT = 1_000;
const LONG = 100_000;
/** The regular expression alone would take minutes over all of the long text. */
const LAST = 100;

export const parser: Bench = {
  name: "parser",
  title: "Reading a model's output for actions, a delta of four letters at a time",
  figures: [
    {
      key: "short",
      label: `a delta, output of ${SHORT.toLocaleString("en-US")}`,
      unit: "µs",
      goal: { atMost: 1, of: "is" },
    },
    {
      key: "long",
      label: `a delta, output of ${LONG.toLocaleString("en-US")}`,
      unit: "µs",
      goal: { atMost: 1, of: "is" },
    },
    { key: "growth", label: "long divided by short (1: flat)", unit: "times", goal: { atMost: 1.5, of: "is" } },
  ],
  notes: [
    "Both find the same blocks. The regular expression only finds block and name, without fields, fences or faults; Deputy's parser does all of it, prose handed out included.",
    `Over the long text the regular expression is timed for the last ${LAST} deltas alone, with the text before them in place.`,
  ],
  ours: { name: "Deputy", round: () => round("parser") },
  peer: { name: "regular expression", round: () => round("regular expression") },
};

function round(by: ParserQuestion["by"]): Promise<Values> {
  return withMembers([() => startMember("ours/parser-timing.ts")], async ([timing]) => {
    const ask = (question: ParserQuestion) => timing?.ask("time", question, z.number()) ?? Number.NaN;
    const [few, many] = [outputOf(SHORT), outputOf(LONG)];
    const timed = by === "parser" ? LONG : LAST;
    const repeats = by === "parser" ? { short: 1_000, long: 10 } : { short: 20, long: 1 };
    const short = await ask({ by, deltas: few.deltas, timed: SHORT, repeat: repeats.short, expected: few.blocks });
    const long = await ask({ by, deltas: many.deltas, timed, repeat: repeats.long, expected: many.blocks });
    return { short, long, growth: long / short };
  });
}
