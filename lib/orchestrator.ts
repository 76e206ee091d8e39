import type { AgentType } from "#/lib/protocol/agent.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec, TaskStatus } from "#/lib/protocol/task.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { addProgramTasks, closeProgramRun, openProgramRun, type ProgramRun } from "#/lib/run/program-run.ts";
import { RunFollower } from "#/lib/run/run-follower.ts";

/** What a program delegates; everything but agent and task has the defaults of a DELEGATE block. */
export type Delegation = { readonly agent: AgentType; readonly task: string; readonly ref?: string } & Partial<
  Pick<TaskSpec, "mode" | "priority" | "strict" | "complexity" | "timeoutMs" | "input">
> & { readonly dependsOn?: readonly string[] };

export type Handle = {
  readonly id: string;
  readonly ref: string;
  status(): TaskStatus;
  /** Resolves when the task has settled; rejects with its failure, or when it was cancelled. */
  result(): Promise<TaskResult>;
  cancel(reason?: string): Promise<TaskStatus>;
  /** Its events so far. */
  events(): readonly RunEvent[];
};

/** A run whose tasks a program gives. */
export class OpenRun {
  readonly #context: Context;
  readonly #run: ProgramRun;
  readonly #follower: RunFollower;
  readonly #refs = new Map<string, string>();

  constructor(context: Context, run: ProgramRun) {
    this.#context = context;
    this.#run = run;
    this.#follower = new RunFollower(context, run.runId);
  }

  get id(): string {
    return this.#run.runId;
  }

  async delegate(delegation: Delegation): Promise<Handle> {
    const [handle] = await this.graph([delegation]);
    if (handle === undefined) throw new Error("one task was asked for, and none was made");
    return handle;
  }

  /** All of them or none; each may depend on references of those before it. */
  async graph(delegations: readonly Delegation[]): Promise<Handle[]> {
    const tasks = delegations.map(({ mode, priority, strict, dependsOn, ...rest }) => ({
      mode: mode ?? "parallel",
      priority: priority ?? "normal",
      strict: strict ?? true,
      dependsOn: [...(dependsOn ?? [])],
      ...rest,
    }));
    const ids = await addProgramTasks(this.#context, this.#run, tasks, this.#refs);
    return ids.map((id, index) => {
      const ref = delegations[index]?.ref ?? id;
      this.#refs.set(ref, id);
      return this.#handle(id, ref);
    });
  }

  /** No more tasks: the run ends when the last one has settled. Resolves when it has. */
  async close(): Promise<void> {
    await closeProgramRun(this.#context, this.#run);
    await this.#follower.ended();
  }

  async cancel(reason = "Cancelled by the program."): Promise<void> {
    await cancelRun(this.#context, this.id, { by: "user", reason });
  }

  /** Follows the run no longer; it goes on by itself. */
  leave(): void {
    this.#follower.stop();
  }

  #handle(id: string, ref: string): Handle {
    return {
      id,
      ref,
      status: () => this.#follower.statusOf(id),
      result: () => this.#follower.resultOf(id),
      cancel: (reason = "Cancelled by the program.") => cancelTask(this.#context, id, { by: "user", reason }),
      events: () => this.#follower.eventsOf(id),
    };
  }
}

/** The interface for programs: see docs/orchestration.md. */
export function openOrchestrator(context: Context) {
  return {
    async open({ title }: { title: string }): Promise<OpenRun> {
      return new OpenRun(context, await openProgramRun(context, { title }));
    },
  };
}
