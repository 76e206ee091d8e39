import { oneLine } from "#/lib/model/offline/one-line.ts";

const maxGoal = 300;
const maxNotes = 1_000;
const maxTag = 40;

/** The blocks that the offline model writes. Every value is one line, so that none of it can be a line of a block. */
export function planBlock(goal: string, steps: readonly string[]): string {
  return block("PLAN", [
    `GOAL: ${oneLine(goal, maxGoal)}`,
    "STEPS:",
    ...steps.map((step, at) => `${at + 1}. ${oneLine(step)}`),
  ]);
}

type Delegated = {
  readonly agent: string;
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly mode?: string;
  readonly voters?: number;
  readonly task: string;
};

export function delegateBlock(task: Delegated): string {
  return block("DELEGATE", [
    `AGENT_TYPE: ${task.agent}`,
    `ID: ${task.id}`,
    ...(task.dependsOn.length > 0 ? [`DEPENDS_ON: ${task.dependsOn.join(", ")}`] : []),
    ...(task.mode === undefined ? [] : [`MODE: ${task.mode}`]),
    ...(task.voters === undefined ? [] : [`VOTERS: ${task.voters}`]),
    `TASK: ${oneLine(task.task)}`,
  ]);
}

export function verifyBlock(notes: string): string {
  return block("VERIFY", ["VERDICT: pass", `NOTES: ${oneLine(notes, maxNotes)}`]);
}

export function learnBlock(lesson: string, tags: readonly string[]): string {
  const words = tags.map((tag) => oneLine(tag.replaceAll(",", " "), maxTag)).filter((tag) => tag !== "");
  return block("LEARN", [
    ...(words.length > 0 ? [`TAGS: ${words.join(", ")}`] : []),
    `LESSON: ${oneLine(lesson, maxNotes)}`,
  ]);
}

function block(kind: string, lines: readonly string[]): string {
  return [`ACTION: ${kind}`, ...lines, "---END---"].join("\n");
}
