import type { ActionKind, Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { AgentChoice } from "#/lib/protocol/orchestration.ts";

/**
 * The words and limits of the action grammar, and what this implementation decides where the grammar's page is silent.
 *
 *   output   = { prose | block }            block = ACTION line, header lines, body lines, end marker
 *   key line = KEY ":" value                key   = a name of `keysOf`, `_`, `-` or one space between its words
 *
 * Lines
 *  - A line of more than 65,536 units is no ACTION line, no key line and no end marker.
 *  - A fence closes by its marks alone, blanks around them allowed; every line that begins with three marks opens one,
 *    whatever follows. Behind the key of any text field (TASK, STEPS, GOAL, NOTES, LESSON, INPUT, REASON) a fence opens, too;
 *    behind an option's key it does not.
 *  - A tag of rule 4 may be in any case and have attributes (`<details open>`). Elements do not nest: the first end closes.
 *    A line may open and close one (`<!-- so -->`).
 *  - Emphasis is Markdown's: no blank inside of its marks, the same mark repeated, closed by as many.
 *
 * Blocks
 *  - A span ends with the line of the marker, blanks behind the marker included, and its line end not.
 *  - The 33rd block and all behind it are `too-many`. Accepted and refused blocks count; ignored ones are text.
 *  - A block that is too large ends where it would have ended otherwise; what is skipped of it shows no near misses.
 *  - A complete block in a fence inside of another block is listed as ignored, behind the one it stands in.
 *
 * Fields
 *  - "One edit" is a letter more, fewer, other, or two neighbours swapped; a plural is the key and an S.
 *  - An empty GOAL, NOTES or TAGS is a `bad-value` as an empty option is, and so is an empty entry of a list.
 *  - VOTERS or MIN_AGREEMENT without MODE consensus is a `bad-value`.
 *  - AGENT_TYPE loses emphasis, quotes and full stop in any order, each once, and its letters become small. Whatever is then
 *    no name, not `any`, and not `can:` with a capability of 1 to 40 of a-z, 0-9, _ and - right behind it, is `unknown-agent`.
 *  - REPLAN without DROP and ID, or with an option but no ID, is a `missing-field`. An ID that nothing is changed of, that is
 *    dropped by the same block, or is to run after a task that is, is a `bad-value`; so is an ID twice in DROP.
 *  - A placeholder is one pair of brackets around the whole value, or dots, also with spaces between them; `…` is one.
 *  - A step's marker stands at column 0 outside of fences, a blank or the line's end behind it. Text before the first
 *    marker and an empty step are `bad-value`.
 *  - INPUT may be nested 64 deep and hold no U+0000, no `__proto__` and no number beyond what JSON can write again.
 *  - A task that names its own, written ID is a `cycle`; one that names the ID it would be given is `unknown-dependency`.
 *
 * Users
 *  - A short form takes the first line (/parallel and /sequential: all lines that are not blank); what is behind it is
 *    read as usual. /sequential gives every task MODE sequential. The first task of a list includes the command's line in
 *    its span. /board gives every task INPUT {"board": true}. The command is in small letters at column 0; the agent is read
 *    as AGENT_TYPE is, and the colon of a `can:` is not the one behind the agent.
 */
export const limits = {
  blockUnits: 65_536,
  taskUnits: 16_384,
  blocks: 32,
  excerptUnits: 2_000,
} as const;

export const endMarker = "---END---";

export const kindsByName: ReadonlyMap<string, ActionKind> = new Map([
  ["PLAN", "plan"],
  ["DELEGATE", "delegate"],
  ["REPLAN", "replan"],
  ["VERIFY", "verify"],
  ["LEARN", "learn"],
]);

export const actionNames = [...kindsByName.keys()];

export type Key = (typeof keysOf)[ActionKind][number];

export const keysOf = {
  plan: ["STEPS", "GOAL"],
  delegate: [
    "AGENT_TYPE",
    "TASK",
    "ID",
    "DEPENDS_ON",
    "MODE",
    "VOTERS",
    "MIN_AGREEMENT",
    "AGGREGATE",
    "COMPLEXITY",
    "PRIORITY",
    "TIMEOUT",
    "STRICT",
    "INPUT",
  ],
  replan: ["DROP", "ID", "AGENT_TYPE", "DEPENDS_ON", "PRIORITY", "TIMEOUT", "STRICT", "TASK", "REASON"],
  verify: ["VERDICT", "NOTES"],
  learn: ["LESSON", "TAGS"],
} as const satisfies Record<ActionKind, readonly string[]>;

export const requiredKeys: Record<ActionKind, readonly Key[]> = {
  plan: ["STEPS"],
  delegate: ["AGENT_TYPE", "TASK"],
  replan: [],
  verify: ["VERDICT"],
  learn: ["LESSON"],
};

/** The first of these ends the header. */
export const textKeys: ReadonlySet<Key> = new Set([
  "TASK",
  "STEPS",
  "GOAL",
  "NOTES",
  "LESSON",
  "INPUT",
  "REASON",
] as const);

/** The closed lists, checked against the protocol by their types: to read it at run time would load zod at every start. */
export const agentTypes = wordsOf<AgentType>({
  knowledge: true,
  planner: true,
  browser: true,
  code: true,
  test: true,
  review: true,
  debug: true,
});

/** The agent that small letters name; undefined when they name none. */
export function agentChoice(written: string): AgentChoice | undefined {
  if (written === "any" || isCapability(written)) return written;
  return agentTypes.find((known) => known === written);
}

function isCapability(written: string): written is `can:${string}` {
  return /^can:[a-z0-9_-]{1,40}$/.test(written);
}

export const modes = wordsOf<Mode>({
  parallel: true,
  sequential: true,
  hierarchical: true,
  consensus: true,
  market: true,
});
export const priorities = wordsOf<Priority>({ high: true, normal: true, low: true });
export const aggregates = wordsOf<Aggregate>({ concat: true, merge: true, vote: true });

function wordsOf<W extends string>(words: Record<W, true>): readonly W[] {
  return Object.keys(words) as W[];
}
