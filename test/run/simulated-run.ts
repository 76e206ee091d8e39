import { v7 as uuid } from "uuid";
import { hasOpen } from "#/lib/graph/ready.ts";
import type { Mode } from "#/lib/protocol/action.ts";
import type { Condition, PartOf } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { cancelSubtree } from "#/lib/run/cancel-subtree.ts";
import { closeRun } from "#/lib/run/close-run.ts";
import { createTask } from "#/lib/run/create-task.ts";
import { faultOfReplan } from "#/lib/run/fault-of-replan.ts";
import { moveGraph, reopenTask } from "#/lib/run/move-graph.ts";
import { applyReplan, type Replan, tasksNamedBy } from "#/lib/run/replan.ts";
import { createRoot } from "#/lib/run/root-task.ts";
import { RunChange } from "#/lib/run/run-change.ts";
import { isOpen, type RunState, type TaskState } from "#/lib/store/run-state.ts";

/** A task that a program or the main agent delegates; edges lead to the tasks before it, by their places. */
export type Delegated = {
  readonly agent: "knowledge" | "planner" | "code";
  readonly mode: Mode;
  readonly strict: boolean;
  readonly condition: Condition | undefined;
  readonly before: readonly number[];
};

/** `chance` gives numbers from 0 to 1. `fails`, `cancels`, `reopens`, `replans`: how often, 0 to 1. */
export type Setting = {
  readonly by: "main" | "program";
  readonly liveLimit: number;
  readonly chance: () => number;
  readonly fails: number;
  readonly cancels: number;
  readonly reopens: number;
  readonly replans: number;
};

const deepest = 3;
const mostReopened = 3;
const failure = { code: "broken", message: "It broke." };
/** Nobody has registered the agent `code`: its tasks are created as failed. */
const snapshot = { runs: new Map(), agentTypes: new Set(["knowledge", "planner"]) };

/**
 * A run in memory, moved as workers, people and the main agent move it, by the functions that move real ones: each change is
 * given the open tasks and those that it asks for, as it is from the database. Groups have tasks of their own, which fail,
 * are cancelled and are opened again as all others.
 */
export class SimulatedRun {
  readonly tasks = new Map<string, TaskState>();
  readonly #setting: Setting;
  readonly #rounds = new Map<string, number>();
  readonly #rootId: string;
  #run: RunState;
  readonly #specs = new Map<string, TaskSpec>();
  #reopened = 0;
  #later: Delegated[];
  #top: string[] = [];

  constructor(delegated: readonly Delegated[], setting: Setting) {
    this.#setting = setting;
    const program = setting.by === "program" ? "open" : null;
    this.#run = emptyRun(program);
    let rootId = "";
    this.change((change) => {
      rootId = createRoot(change, "waiting").id;
    });
    this.#rootId = rootId;
    const now = Math.ceil(delegated.length * 0.7);
    this.#later = delegated.slice(now);
    this.#delegate(delegated.slice(0, now));
  }

  get isActive(): boolean {
    return this.#run.status === "active";
  }

  /** The program may add tasks: only the deadline of the run ends that. */
  get isOpenForMore(): boolean {
    return this.#run.program === "open";
  }

  get root(): TaskState {
    return this.#task(this.#rootId);
  }

  open(): TaskState[] {
    return [...this.tasks.values()].filter(({ status }) => isOpen(status));
  }

  /** One thing happens. False when nothing can. */
  step(): boolean {
    const { chance, cancels, reopens, replans } = this.#setting;
    if (this.#later.length > 0 && chance() < 0.2 && this.#mayDelegate()) return this.#delegateMore();
    if (chance() < cancels && this.#cancelOne()) return true;
    if (chance() < reopens && this.#reopenOne()) return true;
    if (chance() < replans && this.#replan()) return true;
    const movable = this.open().filter(
      ({ status, dispatched }) => status === "in_progress" || isClaimable(status, dispatched),
    );
    const task = movable[Math.floor(chance() * movable.length)];
    if (task === undefined) return this.isOpenForMore && this.#close();
    if (task.status === "pending") this.#set(task, { status: "in_progress" });
    else if (task.parentId === null) this.#advanceRoot();
    else if (isGroup(task)) this.#advanceGroup(task);
    else this.#settle(task);
    return true;
  }

  change(make: (change: RunChange) => void, asked: readonly string[] = []): void {
    const loaded = [...this.tasks.values()]
      .filter(({ id, status }) => isOpen(status) || asked.includes(id))
      .sort((one, other) => (one.createdSeq ?? 0) - (other.createdSeq ?? 0));
    const change = new RunChange(snapshot, { run: this.#run, tasks: loaded });
    make(change);
    const { after, created, changed } = change.result();
    this.#run = after.run;
    for (const { type, taskId, data } of change.events) {
      if (taskId !== undefined && (type === "task.created" || type === "task.changed")) this.#specs.set(taskId, data);
    }
    for (const { task } of [...created, ...changed]) this.tasks.set(task.id, task);
  }

  #task(id: string): TaskState {
    const task = this.tasks.get(id);
    if (task === undefined) throw new Error(`there is no task ${id}`);
    return task;
  }

  /** A program delegates while its run is open, the main agent while it takes its turn. */
  #mayDelegate(): boolean {
    return this.isOpenForMore || (this.#setting.by === "main" && this.root.status === "in_progress");
  }

  #delegateMore(): boolean {
    this.#delegate(this.#later);
    this.#later = [];
    return true;
  }

  #delegate(delegated: readonly Delegated[]): void {
    const top = [...this.#top];
    this.change((change) => {
      for (const one of delegated) {
        const dependsOn = top.length === 0 ? [] : one.before.flatMap((at) => top[at % top.length] ?? []);
        top.push(this.#create(change, this.#rootId, `t${top.length + 1}`, one, { dependsOn: [...new Set(dependsOn)] }));
      }
      moveGraph(change, this.#setting.liveLimit);
    }, top);
    this.#top = top;
  }

  #close(): boolean {
    if (this.#later.length > 0) return this.#delegateMore();
    this.change((change) => {
      change.setRun({ program: "closing" });
      moveGraph(change, this.#setting.liveLimit);
    });
    return true;
  }

  #create(
    change: RunChange,
    parentId: string,
    ref: string,
    { agent, mode, strict, condition }: Omit<Delegated, "before">,
    { dependsOn = [], part }: { dependsOn?: readonly string[]; part?: PartOf },
  ): string {
    const refs = dependsOn.map((id) => this.tasks.get(id)?.ref ?? "");
    const words = {
      ref,
      agent,
      task: ref,
      author: "program",
      mode,
      priority: "normal",
      strict,
      dependsOn: refs,
    } as const;
    const spec = { ...words, dependsOn: [...refs], ...(condition && { condition }), ...(part && { part }) };
    const block = change.run.taskCount;
    return createTask(change, { parentId, turn: 0, block, spec, dependsOn, acceptedSeq: null }, []);
  }

  #set(task: TaskState, update: Parameters<RunChange["setTask"]>[1]): void {
    this.change((change) => change.setTask(task.id, update));
  }

  /** The main agent's turn: it waits for what is open, and ends the run when nothing is. */
  #advanceRoot(): void {
    this.change((change) => {
      if (hasOpen(change.openTasks().filter(({ parentId }) => parentId === this.#rootId))) {
        change.setTask(this.#rootId, { status: "waiting" });
        moveGraph(change, this.#setting.liveLimit, "rule-out");
        return;
      }
      change.setTask(this.#rootId, { status: "completed" });
      closeRun(change, { status: "completed" });
    });
  }

  #advanceGroup(group: TaskState): void {
    const round = this.#rounds.get(group.id) ?? 0;
    const rounds = group.mode === "market" ? 2 : 1;
    if (round >= rounds || this.#setting.chance() < 0.1) {
      this.#settle(group);
      return;
    }
    this.#rounds.set(group.id, round + 1);
    this.change((change) => {
      this.#spawn(change, group, round + 1);
      change.setTask(group.id, { status: "waiting", workerId: null, attempt: 0 });
      moveGraph(change, this.#setting.liveLimit);
    });
  }

  #spawn(change: RunChange, group: TaskState, round: number): void {
    const { chance } = this.#setting;
    const of = 1 + Math.floor(chance() * 3);
    const depth = group.ref.split(".").length;
    let before: string | undefined;
    for (let number = 1; number <= of; number += 1) {
      const ref = `${group.ref}.${change.run.taskCount}`;
      if (group.mode !== "hierarchical") {
        const part = { kind: group.mode === "consensus" ? "vote" : "bid", number, of, round } as const;
        const voter = {
          agent: agentOf(group, chance()),
          mode: "parallel",
          strict: false,
          condition: undefined,
        } as const;
        this.#create(change, group.id, ref, voter, { dependsOn: group.dependsOn, part });
        continue;
      }
      const mode = depth < deepest && chance() < 0.5 ? "hierarchical" : "parallel";
      const subtask = { agent: agentOf(group, chance()), mode, strict: chance() < 0.7, condition: undefined } as const;
      const dependsOn = before !== undefined && chance() < 0.5 ? [before] : [];
      before = this.#create(change, group.id, ref, subtask, { dependsOn, part: { kind: "subtask", number, of } });
    }
  }

  #settle(task: TaskState): void {
    const fails = this.#setting.chance() < this.#setting.fails;
    this.change((change) => {
      const settledSeq = change.nextSeq;
      const isBallot = task.part === "vote" || task.part === "bid";
      if (fails)
        change.setTask(task.id, { status: "failed", error: failure, dead: isBallot ? null : "final", settledSeq });
      else change.setTask(task.id, { status: "completed", error: null, settledSeq });
      moveGraph(change, this.#setting.liveLimit);
    });
  }

  #cancelOne(): boolean {
    const open = this.open().filter(({ parentId }) => parentId !== null);
    const task = open[Math.floor(this.#setting.chance() * open.length)];
    if (task === undefined) return false;
    this.change((change) => {
      cancelSubtree(change, task.id, "Enough.");
      moveGraph(change, this.#setting.liveLimit);
    });
    return true;
  }

  /** A person drops one of two tasks that have not started, and has the other one wait for others than before. */
  #replan(): boolean {
    const { chance, liveLimit } = this.#setting;
    const oneOf = (refs: readonly string[]) => refs[Math.floor(chance() * refs.length)] ?? "";
    const top = this.#top.flatMap((id) => this.tasks.get(id) ?? []);
    const all = top.map(({ ref }) => ref);
    const unstarted = top.filter(({ status, dispatched }) => status === "pending" && !dispatched).map(({ ref }) => ref);
    const refs = new Map([...this.#specs].map(([id, { ref }]) => [ref, id]));
    const changed = { ref: oneOf(unstarted), dependsOn: [...new Set([oneOf(all), oneOf(all)])] };
    const drop = chance() < 0.3 ? [oneOf(unstarted)] : [];
    const replan: Replan = { by: "user", drop, change: [changed], add: [] };
    const planned = { refs, specs: this.#specs, registry: [], budgets: { liveTasks: liveLimit, tasks: 1_000 } };
    let isDone = false;
    this.change(
      (change) => {
        isDone = faultOfReplan(change, replan, planned) === null;
        if (isDone) applyReplan(change, replan, planned);
      },
      tasksNamedBy(replan, refs),
    );
    return isDone;
  }

  /** As dead-letters.ts does it. */
  #reopenOne(): boolean {
    const letters = [...this.tasks.values()].filter(({ dead, part, parentId }) => {
      return dead !== null && (part === null || this.tasks.get(parentId ?? "")?.status === "waiting");
    });
    const task = letters[Math.floor(this.#setting.chance() * letters.length)];
    if (task === undefined || this.#reopened >= mostReopened) return false;
    this.#reopened += 1;
    this.#rounds.delete(task.id);
    this.change(
      (change) => {
        reopenTask(change, task.id);
        moveGraph(change, this.#setting.liveLimit);
      },
      [...this.tasks.keys()],
    );
    return true;
  }
}

function emptyRun(program: RunState["program"]): RunState {
  return {
    id: uuid(),
    conversationId: "c",
    messageId: "m",
    status: "active",
    phase: "EXECUTING",
    lastSeq: 0,
    taskCount: 0,
    version: 0,
    program,
    paused: false,
    error: null,
    createdAt: new Date(0).toISOString(),
  };
}

export const isClaimable = (status: TaskState["status"], dispatched: boolean) => status === "pending" && dispatched;

function isGroup({ mode }: TaskState): boolean {
  return mode === "hierarchical" || mode === "consensus" || mode === "market";
}

/** Mostly of the group's own kind, so that its parts compete with it for places; sometimes one that nobody has registered. */
function agentOf({ agent }: TaskState, chance: number): Delegated["agent"] {
  if (chance < 0.1) return "code";
  return chance < 0.3 ? "planner" : agent === "planner" ? "planner" : "knowledge";
}
