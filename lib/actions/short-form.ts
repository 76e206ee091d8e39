import { trim, trimEnd } from "#/lib/actions/characters.ts";
import type { Span } from "#/lib/protocol/action.ts";

/** What a short form asks for, field by field as it was written; `fault` says that a line is not of the form. */
export type ShortTask = {
  readonly span: Span;
  /** Where the message goes on, behind the line end. */
  readonly next: number;
  readonly fields: readonly (readonly [ShortKey, string])[];
  readonly fault?: string;
};

type ShortKey = "AGENT_TYPE" | "TASK" | "MODE" | "VOTERS" | "INPUT";

export type ShortForm = {
  /** How the form is written, for messages. */
  readonly usage: string;
  /** In the order of the message; blank lines between them belong to none. Never empty. */
  readonly tasks: readonly ShortTask[];
};

type TextLine = { readonly text: string; readonly span: Span; readonly next: number };

/** What each line of a list says besides its agent and its task. */
const sharedFields = {
  "/parallel": [["MODE", "parallel"]],
  "/sequential": [["MODE", "sequential"]],
  "/board": [
    ["MODE", "parallel"],
    ["INPUT", '{"board": true}'],
  ],
} as const satisfies Record<string, ShortTask["fields"]>;

const listUsage = (command: string) => `Write ${command}, and below it one line a task: "knowledge: Research X".`;

/** The short form with which a message begins; null for every other message. */
export function readShortForm(message: string): ShortForm | null {
  const lines = linesOf(message);
  const first = lines.next().value;
  if (!first) return null;
  const [, command = "", written = ""] = /^(\/[a-z]+)(?:[ \t\u00a0]+(.*))?$/su.exec(trimEnd(first.text)) ?? [];
  switch (command) {
    case "/delegate":
      return oneTask('Write "/delegate knowledge Research X".', first, delegateFields(written));
    case "/consensus":
      return oneTask('Write "/consensus 3 knowledge Is X true?".', first, consensusFields(written));
    case "/market":
      return oneTask('Write "/market any Research X".', first, [["MODE", "market"], ...delegateFields(written)]);
    case "/hierarchical":
      return oneTask('Write "/hierarchical planner Plan X".', first, [
        ["MODE", "hierarchical"],
        ...delegateFields(written),
      ]);
    case "/parallel":
    case "/sequential":
    case "/board":
      return listOfTasks(command, first, written, [...lines]);
    default:
      return null;
  }
}

function oneTask(usage: string, line: TextLine, fields: ShortTask["fields"]): ShortForm {
  return { usage, tasks: [{ span: line.span, next: line.next, fields }] };
}

function delegateFields(written: string): ShortTask["fields"] {
  const [agent, task] = firstWord(written);
  return [
    ["AGENT_TYPE", withoutAt(agent)],
    ["TASK", task],
  ];
}

function consensusFields(written: string): ShortTask["fields"] {
  const [voters, rest] = firstWord(written);
  return [["MODE", "consensus"], ["VOTERS", voters], ...delegateFields(rest)];
}

function listOfTasks(
  command: keyof typeof sharedFields,
  first: TextLine,
  written: string,
  lines: readonly TextLine[],
): ShortForm {
  const shared = sharedFields[command];
  const tasks = lines.filter(({ text }) => trim(text) !== "").map((line) => listedTask(line, shared));
  const from = first.span[0];
  const usage = listUsage(command);
  const [head, ...others] = tasks;
  if (written === "" && head) return { usage, tasks: [{ ...head, span: [from, head.span[1]] }, ...others] };
  const fault = written === "" ? "No task stands below it." : "Tasks stand on the lines below it.";
  return { usage, tasks: [{ span: first.span, next: first.next, fields: [], fault }, ...tasks] };
}

function listedTask({ text, span, next }: TextLine, shared: ShortTask["fields"]): ShortTask {
  const colon = text.indexOf(":", colonOfCapability(text) + 1);
  if (colon === -1) return { span, next, fields: [], fault: "The line has no colon behind the agent." };
  const agent = withoutAt(trim(text.slice(0, colon)));
  return {
    span,
    next,
    fields: [["AGENT_TYPE", agent], ["TASK", trim(text.slice(colon + 1))], ...shared],
  };
}

/** Where the colon of `can:search: Find X` stands that belongs to the agent's name; -1 for other agents. */
function colonOfCapability(line: string): number {
  const name = /^[ \t\u00a0]*@?["'`*_]*can(?=:[^ \t\u00a0:]+[ \t\u00a0]*:)/i.exec(line)?.[0];
  return name?.length ?? -1;
}

function firstWord(text: string): [string, string] {
  const [, word = "", rest = ""] = /^([^ \t\u00a0]*)[ \t\u00a0]*(.*)$/su.exec(text) ?? [];
  return [word, rest];
}

function withoutAt(agent: string): string {
  return agent.startsWith("@") ? agent.slice(1) : agent;
}

/** The lines of a message, without the BOM at its start. */
function* linesOf(message: string): Generator<TextLine> {
  let from = message.startsWith("\ufeff") ? 1 : 0;
  for (const { 0: lineEnd, index } of message.matchAll(/\r\n|\r|\n|$/g)) {
    if (index < from) continue;
    const next = index + lineEnd.length;
    if (index > from || lineEnd !== "") yield { text: message.slice(from, index), span: [from, index], next };
    from = next;
  }
}
