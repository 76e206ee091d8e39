import type { AuctionTerms } from "#/lib/graph/auction.ts";
import type { Conflict } from "#/lib/graph/conflicts.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { AgentChoice, Board, Condition } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec, TaskStatus } from "#/lib/protocol/task.ts";
import { programBoard } from "#/lib/run/board.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { addProgramTasks, closeProgramRun, openProgramRun, type ProgramRun } from "#/lib/run/program-run.ts";
import { BadGraph, namesBeside, readDelegations } from "#/lib/run/read-delegations.ts";
import { type OrchestrationStatistics, readOrchestration, readTaskStatus } from "#/lib/run/read-statistics.ts";
import type { Replanned, TaskChange } from "#/lib/run/replan.ts";
import { replanRun } from "#/lib/run/replan-run.ts";
import { readConflicts } from "#/lib/run/run-conflicts.ts";
import { RunFollower } from "#/lib/run/run-follower.ts";

/** What a program delegates; everything but agent and task has the defaults of a DELEGATE block. */
export type Delegation = {
  readonly agent: AgentChoice;
  readonly task: string;
  /** Unique in the run; made up when absent. */
  readonly ref?: string;
  /** References of the same call, in any order, or of earlier ones of the same run. */
  readonly dependsOn?: readonly string[];
  readonly condition?: Condition;
} & Partial<
  Pick<
    TaskSpec,
    | "mode"
    | "priority"
    | "strict"
    | "complexity"
    | "timeoutMs"
    | "input"
    | "aggregate"
    | "voters"
    | "minAgreement"
    | "attempts"
  >
>;

type Plain = Omit<Delegation, "mode">;

export type Handle = {
  readonly id: string;
  readonly ref: string;
  /** `waiting` for a group whose own tasks are under way. */
  status(): TaskStatus;
  /** Resolves when the task has settled; rejects with its failure, or when it was cancelled. */
  result(): Promise<TaskResult>;
  cancel(reason?: string): Promise<TaskStatus>;
  /** Its events so far. */
  events(): readonly RunEvent[];
};

/** What has not started is dropped or changed, and what is added starts when it is ready. */
export type PlanChange = {
  readonly reason?: string;
  readonly drop?: readonly string[];
  readonly change?: readonly TaskChange[];
  readonly add?: readonly Delegation[];
};

/**
 * A run whose tasks a program gives. Whatever creates tasks throws `bad-graph`, with the place of every fault, `budget` and
 * `run-ended`, and has created nothing then.
 */
export class OpenRun {
  /** What the agents of the run leave for each other, and the program for them. */
  readonly board: Board;
  readonly #context: Context;
  readonly #run: ProgramRun;
  readonly #follower: RunFollower;
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #name = namesBeside(this.#taken);

  constructor(context: Context, run: ProgramRun) {
    this.#context = context;
    this.#run = run;
    this.#follower = new RunFollower(context, run.runId);
    this.board = programBoard(context, run.runId);
  }

  get id(): string {
    return this.#run.runId;
  }

  async delegate(delegation: Delegation): Promise<Handle> {
    const [handle] = await this.graph([delegation]);
    if (handle === undefined) throw new Error("one task was asked for, and none was made");
    return handle;
  }

  /** Each after the one before it, whose result it is given; behind a strict one that fails, the rest is cancelled. */
  sequential(chain: readonly Plain[]): Promise<Handle[]> {
    const own = new Set(chain.flatMap(({ ref }) => ref ?? []));
    const named = chain.map((link) => ({ ...link, ref: link.ref ?? this.#name(own) }));
    const behind = (index: number) => named.slice(Math.max(0, index - 1), index).map(({ ref }) => ref);
    return this.graph(
      named.map((link, index) => {
        const dependsOn = [...new Set([...(link.dependsOn ?? []), ...behind(index)])];
        return { ...link, mode: "sequential", dependsOn };
      }),
    );
  }

  /** All at once; the failure of one leaves the others alone. */
  parallel(fan: readonly Plain[]): Promise<Handle[]> {
    return this.graph(fan.map((task) => ({ ...task, mode: "parallel" })));
  }

  /** The agent may delegate in turn; the task ends when all that it delegated has settled. */
  hierarchical(delegation: Plain): Promise<Handle> {
    return this.delegate({ ...delegation, mode: "hierarchical" });
  }

  /** Several answer the same question, and agree or not. */
  consensus(delegation: Plain): Promise<Handle> {
    return this.delegate({ ...delegation, mode: "consensus" });
  }

  /** Agents bid for it, and a rule awards it to one of them. */
  market({ terms, ...delegation }: Plain & { readonly terms?: Partial<AuctionTerms> }): Promise<Handle> {
    const input = terms === undefined ? delegation.input : { ...delegation.input, market: terms };
    return this.delegate({ ...delegation, mode: "market", ...(input && { input }) });
  }

  /** All of them or none, in any order; a cycle is refused with its path. The handles come in the order of what was given. */
  async graph(delegations: readonly Delegation[]): Promise<Handle[]> {
    const tasks = this.#read(delegations);
    for (const { ref } of tasks) this.#taken.add(ref);
    try {
      const ids = await addProgramTasks(this.#context, this.#run, tasks, this.#ids);
      for (const [ref, id] of ids) this.#ids.set(ref, id);
      return tasks.map(({ ref }) => this.#handle(ids.get(ref) ?? "", ref));
    } catch (error) {
      for (const { ref } of tasks) this.#taken.delete(ref);
      throw error;
    }
  }

  /** All of it or nothing. Throws `task-started` and `task-unknown` for what cannot be changed. */
  async replan({
    reason,
    drop = [],
    change = [],
    add = [],
  }: PlanChange): Promise<Replanned & { readonly handles: Handle[] }> {
    const tasks = this.#read(add);
    const done = await replanRun(this.#context, this.id, { by: "program", reason, drop, change, add: tasks });
    for (const [ref, id] of done.ids) this.#ids.set(ref, id);
    return { ...done, handles: tasks.map(({ ref }) => this.#handle(done.ids.get(ref) ?? "", ref)) };
  }

  /**
   * Where results so far contradict each other, as people are told: `first` goes before `second`, by `rule`. The first 50 of the
   * run are compared.
   */
  conflicts(): Promise<readonly Conflict[]> {
    return readConflicts(this.#context, this.id);
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

  #read(delegations: readonly Delegation[]) {
    const read = readDelegations(delegations, this.#taken, this.#name);
    if ("faults" in read) throw new BadGraph(read.faults);
    return read.tasks;
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
    /** Throws `orchestration-off` where delegation is switched off. */
    async open({ title }: { title: string }): Promise<OpenRun> {
      return new OpenRun(context, await openProgramRun(context, { title }));
    },
    /** Of a delegated task of any run. Throws `task-unknown`. */
    taskStatus: (taskId: string): Promise<TaskStatus> => readTaskStatus(context, taskId),
    statistics: (): Promise<OrchestrationStatistics> => readOrchestration(context),
  };
}
