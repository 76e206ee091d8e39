import { harmless } from "#/lib/cli/terminal.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskSpec, TaskStatus } from "#/lib/protocol/task.ts";

export type StepOutcome = {
  readonly ref: string;
  readonly agent: string;
  readonly status: TaskStatus;
  /** What it brought; Markdown. */
  readonly text?: string;
  readonly error?: { readonly code: string; readonly message: string };
};

/** What became of the steps of a run, as a fold over its events; tasks that steps make of themselves are left out. */
export class WorkflowOutcome {
  readonly #steps = new Map<string, StepOutcome>();
  readonly #waitsFor = new Map<string, readonly string[]>();

  take(event: RunEvent): void {
    if (event.taskId === undefined) return;
    if (event.type === "task.created") this.#add(event.taskId, event.data);
    const step = this.#steps.get(event.taskId);
    if (step !== undefined) this.#steps.set(event.taskId, { ...step, ...settled(event) });
  }

  /** In the order in which they were created. */
  get steps(): readonly StepOutcome[] {
    return [...this.#steps.values()];
  }

  /**
   * Why a run that was completed did not reach its end: a step failed and none went on from there, or nothing was brought; null
   * when it did. A step that was cancelled because its condition was not met is no failure.
   */
  get shortfall(): string | null {
    const ran = this.steps.filter(({ status }) => status !== "cancelled");
    const goneOnFrom = new Set(ran.flatMap(({ ref }) => this.#waitsFor.get(ref) ?? []));
    const last = ran.filter(({ ref }) => !goneOnFrom.has(ref));
    const failed = last.filter(({ status }) => status === "failed").map(({ ref }) => ref);
    if (failed.length > 0)
      return `It did not reach its end: ${failed.join(", ")} failed, and no step went on from there.`;
    return last.some(({ status }) => status === "completed") ? null : "It did not reach its end: nothing was brought.";
  }

  /** What the steps brought, each under its name where there are several. */
  get text(): string {
    const brought = this.steps.filter(({ text }) => text !== undefined);
    const sections = brought.map(({ ref, agent, text = "" }) =>
      brought.length === 1 ? text.trim() : `# ${ref} (${agent})\n\n${text.trim()}`,
    );
    return harmless(sections.join("\n\n"));
  }

  #add(taskId: string, { ref, agent, dependsOn, part }: TaskSpec): void {
    if (part !== undefined) return;
    this.#steps.set(taskId, { ref, agent, status: "pending" });
    this.#waitsFor.set(ref, dependsOn);
  }
}

function settled(event: RunEvent): Partial<StepOutcome> {
  switch (event.type) {
    case "task.completed":
      return { status: "completed", text: event.data.result.text };
    case "task.failed":
      return { status: "failed", error: event.data.error };
    case "task.cancelled":
      return { status: "cancelled", error: { code: "cancelled", message: event.data.reason } };
    case "task.reopened":
      return { status: "pending" };
    default:
      return {};
  }
}
