import { z } from "zod";

export const ParserQuestion = z.object({
  by: z.enum(["parser", "regular expression"]),
  deltas: z.array(z.string()),
  /** How many of the deltas, the last ones, are timed. */
  timed: z.number(),
  repeat: z.number(),
  /** Blocks that must be found. */
  expected: z.number(),
});
export type ParserQuestion = z.infer<typeof ParserQuestion>;

const DELTA_UNITS = 4;
/** A parser reads at most 32 blocks of one output. */
const MOST_BLOCKS = 32;
const UNITS_A_BLOCK = 3_500;

const paragraph =
  "The second library keeps **one scope per call** and says so: `scope.fork(work)` returns when all of it has ended.\n" +
  "- it cancels what is under way (see [the guide](https://example.org/guide))\n" +
  "- it reports the first error, and the others as its causes\n\n";
const delegation =
  "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: Find out how the second library reports errors, and quote it.\n---END---\n\n";

/** An output of so many deltas of four letters: Markdown with a delegation now and then. */
export function outputOf(count: number): { deltas: string[]; blocks: number } {
  const units = count * DELTA_UNITS;
  let text = "";
  let blocks = 0;
  while (text.length < units) {
    text += paragraph;
    const isDue = blocks < MOST_BLOCKS && text.length >= (blocks + 0.5) * Math.max(UNITS_A_BLOCK, units / MOST_BLOCKS);
    if (!isDue || text.length + delegation.length > units) continue;
    text += delegation;
    blocks += 1;
  }
  const deltas = Array.from({ length: count }, (_, at) => text.slice(at * DELTA_UNITS, (at + 1) * DELTA_UNITS));
  return { deltas, blocks };
}
