import {
  type DeputyMessage,
  type EstimatePart,
  type LessonPart,
  type RunPart,
  type TaskPart,
  textMarkOf,
} from "#/lib/chat/parts.ts";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

/** The state of the run that a message tells of; undefined before its first part has come, and for user messages. */
export function runOf(message: DeputyMessage | undefined): RunPart | undefined {
  return message?.parts.find((part) => part.type === "data-run")?.data;
}

export function tasksOf(message: DeputyMessage): TaskPart[] {
  return message.parts.flatMap((part) => (part.type === "data-task" ? [part.data] : []));
}

/** What all tasks are expected to take, and took. */
export function estimateOf(message: DeputyMessage): EstimatePart | undefined {
  return message.parts.find((part) => part.type === "data-estimate")?.data;
}

export function lessonsOf(message: DeputyMessage): LessonPart[] {
  return message.parts.flatMap((part) => (part.type === "data-lesson" ? [part.data] : []));
}

/** Every piece of evidence that the tasks of a message brought, by the number under which the answer cites it. */
export function evidenceOf(message: DeputyMessage): ReadonlyMap<number, NumberedEvidence> {
  const found = tasksOf(message).flatMap((task) => task.result?.evidence ?? []);
  return new Map(found.map((evidence) => [evidence.n, evidence]));
}

export type TextPart = Extract<DeputyMessage["parts"][number], { type: "text" }>;

/** The parts of a message that are the answer: prose that is not marked as a working note. */
export function answerParts(message: DeputyMessage): TextPart[] {
  return message.parts.filter(
    (part): part is TextPart => part.type === "text" && part.text.trim() !== "" && !textMarkOf(part).note,
  );
}

/** The answer as Markdown, without its sources; empty while there is none. */
export function answerOf(message: DeputyMessage): string {
  return answerParts(message)
    .map((part) => part.text.trim())
    .join("\n\n");
}

export function textOf(message: DeputyMessage): string {
  return message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
}

/** The answer as a person pastes it elsewhere: Markdown, and the sources that it cites under it. */
export function answerWithSources(message: DeputyMessage): string {
  const answer = answerOf(message);
  const evidence = evidenceOf(message);
  const sources = citedNumbers(answer).flatMap((n) => {
    const found = evidence.get(n);
    return found === undefined
      ? []
      : [`[${n}] ${[found.source.title, ...found.source.heading].join(" › ")}, ${found.source.origin}`];
  });
  return sources.length === 0 ? answer : `${answer}\n\n${sources.join("\n")}`;
}

/** The numbers that a text cites as `[n]` or `[n, m]`, each once, in rising order. */
export function citedNumbers(text: string): number[] {
  const numbers = [...text.matchAll(citationPattern)].flatMap((match) => numbersIn(match[1] ?? ""));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

export const citationPattern = /\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]/g;

export function numbersIn(list: string): number[] {
  return list.split(",").map((part) => Number(part.trim()));
}
