import { decodeEvent, type RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import { type Story, storyOf } from "#/test/demo/story.ts";

/** A log by hand: each line is a type of event, the reference of its task or null, and its data. */
export type Line = readonly [type: string, ref: string | null, data?: object];

/** Numbered from 1, a tenth of a second apart. */
export function storyBy(lines: readonly Line[]): Story {
  const events = lines.map(([type, ref, data = {}], index): RunEvent => {
    const at = new Date(100 * (index + 1)).toISOString();
    const raw = { runId: "run", seq: index + 1, at, v: 1, type, ...(ref !== null && { taskId: `id-${ref}` }), data };
    const event = decodeEvent(raw);
    if (event === null) throw new Error(`line ${index + 1} is no event: ${JSON.stringify(raw)}`);
    return event;
  });
  return storyOf(events);
}

export function created(ref: string, more: object = {}): Line {
  const spec = {
    ref,
    agent: "knowledge",
    task: ref,
    author: "user",
    mode: "parallel",
    priority: "normal",
    strict: true,
  };
  return ["task.created", ref, { ...spec, dependsOn: [], ...more }];
}

export function claimed(ref: string): Line {
  return ["task.claimed", ref, { claim: 1, attempt: 1, workerId: "worker" }];
}

export function completed(ref: string, more: Partial<TaskResult> = {}, milliseconds = 50): Line {
  return ["task.completed", ref, { result: { text: ref, evidence: [], artifacts: [], ...more }, milliseconds }];
}

export function failed(ref: string, message: string): Line {
  return ["task.failed", ref, { error: { code: "broken", message }, attempts: 1 }];
}

export function cancelled(ref: string, reason: string): Line {
  return ["task.cancelled", ref, { reason }];
}

/** A turn of the main agent in which it says this. */
export function answered(text: string): Line[] {
  return [
    ["turn.started", null, { turn: 1, phase: "VERIFYING" }],
    ["text.appended", null, { turn: 1, text, note: false }],
    ["turn.ended", null, { turn: 1, finish: "stop", note: false }],
  ];
}
