import { createFaults } from "#/lib/actions/faults.ts";
import type { Fields } from "#/lib/actions/fields.ts";
import type { Key } from "#/lib/actions/grammar.ts";
import { createJudge, type Finish, type Judge } from "#/lib/actions/judge.ts";
import { excerpt, type ParserItem } from "#/lib/actions/outbox.ts";
import { itemsOf, reportOf } from "#/lib/actions/parse-text.ts";
import { createParserAt } from "#/lib/actions/parser.ts";
import { readShortForm, type ShortForm, type ShortTask } from "#/lib/actions/short-form.ts";
import { userGate } from "#/lib/actions/user-gate.ts";
import type { Block, ParseReport } from "#/lib/protocol/action.ts";
import type { Gate } from "#/lib/protocol/gate.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

export type UserMessageReading = {
  /** True when the message holds a delegation, right or wrong; otherwise it is just a message. */
  readonly delegates: boolean;
  readonly report: ParseReport;
  readonly items: readonly ParserItem[];
};

export type UserMessageOptions = {
  readonly gate?: Gate;
  readonly taken?: Iterable<string>;
  /** What the report names; a message moves no phase. */
  readonly phase?: Phase;
  readonly chunk?: number;
  readonly finish?: Finish;
};

/**
 * What a person's own message delegates: by DELEGATE blocks, or by a short form on its first line. What is wrong in one is a
 * refusal that says how to write it.
 */
export function readUserMessage(text: string, options: UserMessageOptions = {}): UserMessageReading {
  const judge = createJudge({ gate: options.gate ?? userGate, taken: options.taken });
  const form = readShortForm(text);
  const start = form?.tasks.at(-1)?.next ?? 0;
  const items = [
    ...(form ? itemsOfForm(form, text, judge) : []),
    ...itemsOf(createParserAt(start, judge), text.slice(start), options),
  ];
  const report = reportOf(items, options.phase ?? "EXECUTING");
  return { delegates: report.blocks.some(({ verdict }) => verdict !== "ignored"), report, items };
}

/** The tasks of a short form, and the blank lines between them, which are prose. */
function itemsOfForm({ tasks, usage }: ShortForm, text: string, judge: Judge): ParserItem[] {
  return tasks.flatMap((task, index) => {
    const prose = withLineFeeds(text.slice(tasks[index - 1]?.next ?? task.span[0], task.span[0]));
    const item = itemOf(task, usage, text, judge);
    return prose === "" ? [item] : [{ kind: "prose", text: prose }, item];
  });
}

function itemOf(task: ShortTask, usage: string, text: string, judge: Judge): ParserItem {
  const written = excerpt(withLineFeeds(text.slice(...task.span)));
  const fields = fieldsOf(task);
  const block = judge.decide({ kind: "delegate", span: task.span, end: "marker", fields, normalised: [] });
  return { kind: "block", block: advised(block, task, usage), text: written };
}

/** What a short form says, as if a block had said it. */
function fieldsOf(task: ShortTask): Fields {
  const values = new Map<Key, string>(task.fields.filter(([, value]) => value !== ""));
  const taskUnits = values.get("TASK")?.length ?? 0;
  return { values, lines: new Map(), faults: createFaults(), normalised: [], taskUnits };
}

/** What no other words would mend. */
const forbidden: readonly string[] = ["budget", "depth", "orchestration-off", "too-many"];

/** Who wrote a short form is told how to write one, not how to write a block. */
function advised(block: Block, task: ShortTask, usage: string): Block {
  if (block.verdict !== "refused" || forbidden.includes(block.code)) return block;
  const isIncomplete = block.code === "missing-field";
  const what = task.fault ?? (isIncomplete ? "The agent or its task is missing." : block.message);
  return { ...block, message: `${what} ${usage}` };
}

function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
