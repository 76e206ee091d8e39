import { randomUUID } from "node:crypto";
import { DeputyError } from "#/lib/errors.ts";
import { programBoard } from "#/lib/run/board.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import { claimedByHand } from "#/lib/run/claim-by-hand.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { dropDeadLetter, listDeadLetters, retryDeadLetter } from "#/lib/run/dead-letters.ts";
import { advanceGroup } from "#/lib/run/group/advance-group.ts";
import { isGroup } from "#/lib/run/group/is-group.ts";
import { pauseRun, resumeRun } from "#/lib/run/pause-run.ts";
import { addProgramTasks, closeProgramRun, openProgramRun } from "#/lib/run/program-run.ts";
import { replanRun } from "#/lib/run/replan-run.ts";
import { completeTask, failTask } from "#/lib/run/settle-task.ts";
import { isOpen } from "#/lib/store/run-state.ts";
import { listTasks, type Task } from "#/lib/store/tasks.ts";
import type { Random } from "#/test/faults/random.ts";
import { found } from "#/test/support/scripted-worker.ts";
import type { World } from "#/test/support/world.ts";

/** `rootTaskId` is empty when the main agent answers. */
export type AnyRun = { readonly runId: string; readonly rootTaskId: string };
type Held = { readonly task: ClaimedTask; readonly context: Context };

const by = { by: "user" } as const;
const words = () => `Find what is said of ${randomUUID()}`;

/** Does by chance whatever can be done to a run, in the names of several processes. What cannot be done just then is left. */
export class AnyDeed {
  readonly #world: World;
  readonly #contexts: readonly Context[];
  readonly #random: Random;
  #held: Held[] = [];

  constructor(world: World, contexts: readonly Context[], random: Random) {
    this.#world = world;
    this.#contexts = contexts;
    this.#random = random;
  }

  /** Their workers, which take some of what they make ready by hand. */
  async register(): Promise<void> {
    for (const [at, context] of this.#contexts.entries()) {
      const workerId = `w${at}`;
      await context.store.sql`insert into workers (id, host, pid, version, agents)
        values (${workerId}, 'here', 1, 'test', '{}') on conflict do nothing`;
      context.writer.giveTo({
        workerId,
        reserve: () => (this.#random.chance(0.5) ? 60_000 : null),
        release: () => {},
        begin: (handed) => void this.#held.push({ context, task: claimedByHand(handed) }),
      });
    }
  }

  open(context: Context): Promise<AnyRun> {
    if (this.#random.chance(0.7)) return openProgramRun(context, { title: "a run", tasks: [this.#newTask([])] });
    return this.#world.ask("What is it?").then((runId) => ({ runId, rootTaskId: "" }));
  }

  /** False when the run has ended. */
  async step(context: Context, run: AnyRun): Promise<boolean> {
    const tasks = await listTasks(context.store.db, run.runId);
    if (!tasks.some(({ status }) => isOpen(status))) return false;
    await this.#choose(context, run, tasks)().catch((error) => {
      if (!(error instanceof DeputyError)) throw error;
    });
    return true;
  }

  #choose(context: Context, run: AnyRun, tasks: readonly Task[]): () => Promise<unknown> {
    const { runId } = run;
    const deeds: readonly [number, () => Promise<unknown>][] = [
      [30, () => this.#add(context, run, tasks)],
      [50, () => this.#claim(context, tasks)],
      [50, () => this.#settle(runId)],
      [30, () => this.#say(runId)],
      [25, () => this.#replan(context, runId, tasks)],
      [15, () => cancelTask(context, this.#random.pick(tasks).id, { ...by, reason: "not needed" })],
      [20, () => (this.#random.chance(0.4) ? pauseRun : resumeRun)(context, runId, by)],
      [25, () => this.#deadLetter(context, runId)],
      [10, () => programBoard(context, runId).post({ kind: "fact", text: words() })],
      [5, () => this.#undoneClaim(context, tasks)],
      [5, () => this.#olderVersion(context, runId)],
      [1, () => cancelRun(context, runId, { ...by, reason: "enough" })],
      [1, () => closeProgramRun(context, run)],
    ];
    const [, deed] = this.#random.pick(deeds.flatMap((one) => Array.from({ length: one[0] }, () => one)));
    return deed;
  }

  async #add(context: Context, run: AnyRun, tasks: readonly Task[]): Promise<void> {
    if (run.rootTaskId === "") return this.#replan(context, run.runId, tasks);
    const refs = new Map(tasks.map(({ ref, id }) => [ref, id]));
    await addProgramTasks(context, run, [this.#newTask(tasks)], refs);
  }

  #newTask(tasks: readonly Task[]) {
    const { pick, chance, between } = this.#random;
    return {
      ref: `p${between(0, 999_999)}`,
      agent: this.#agent(),
      task: words(),
      dependsOn: this.#some(outer(tasks), 2).map(({ ref }) => ref),
      mode: pick(["parallel", "parallel", "parallel", "consensus", "hierarchical"] as const),
      priority: pick(["normal", "normal", "high"] as const),
      strict: chance(0.6),
      ...(chance(0.2) && { condition: pick(["settled", "failed"] as const) }),
    };
  }

  async #claim(context: Context, tasks: readonly Task[]): Promise<ClaimedTask | undefined> {
    const free = tasks.filter(({ status, dispatchedAt }) => status === "pending" && dispatchedAt !== null);
    if (free.length === 0) return undefined;
    const { id, hash } = this.#random.pick(free);
    const claims = openClaims(context, `w${this.#contexts.indexOf(context)}`, () => false);
    const task = await claims.claim({ taskId: id, hash, timeoutMs: 60_000 });
    if (typeof task === "string") return undefined;
    this.#held.push({ task, context });
    return task;
  }

  async #settle(runId: string): Promise<void> {
    const held = this.#heldIn(runId);
    if (held === undefined) return;
    const { task, context } = held;
    this.#held = this.#held.filter((one) => one !== held);
    const delegate = ["s1", "s2"].map((ref) => ({ ref, agent: this.#agent(), task: words() }));
    const ask = async (may: boolean) => (may ? { delegate } : found);
    const broken = new DeputyError("broken", "It broke.", { retryable: this.#random.chance(0.5) });
    if (isGroup(task.mode)) await advanceGroup(context, task, ask, true);
    else if (task.agent !== "main" && this.#random.chance(0.6)) await completeTask(context, task, found);
    else await failTask(context, task, broken);
  }

  async #say(runId: string): Promise<void> {
    const held = this.#heldIn(runId);
    if (held === undefined) return;
    await changeHeldRun(held.context, held.task, (change) => {
      change.events.push({ type: "task.progressed", taskId: held.task.id, data: { text: "so far" } });
    });
  }

  async #replan(context: Context, runId: string, tasks: readonly Task[]): Promise<void> {
    const { chance } = this.#random;
    const open = outer(tasks).filter(({ status, dispatchedAt }) => status === "pending" && dispatchedAt === null);
    const [dropped, ...changed] = this.#some(open, 2).map(({ ref }) => ref);
    const drop = dropped !== undefined && chance(0.4) ? [dropped] : [];
    const dependsOn = this.#some(outer(tasks), 1).map(({ ref }) => ref);
    const change = changed.map((ref) => ({ ref, task: words(), ...(chance(0.5) && { dependsOn }) }));
    const add = chance(0.3) ? [this.#newTask(tasks)] : [];
    await replanRun(context, runId, { by: "user", drop, change, add });
  }

  async #deadLetter(context: Context, runId: string): Promise<void> {
    const letters = (await listDeadLetters(context, 100)).filter((letter) => letter.runId === runId);
    if (letters.length === 0) return;
    const { taskId } = this.#random.pick(letters);
    if (this.#random.chance(0.2)) await dropDeadLetter(context, taskId);
    else await retryDeadLetter(context, taskId);
  }

  /** By a crash of the database, which does not flush claims. */
  async #undoneClaim(context: Context, tasks: readonly Task[]): Promise<void> {
    const task = await this.#claim(context, tasks);
    if (task === undefined) return;
    await context.store.sql`
      update tasks set status = 'pending', claim = claim - 1, attempt = attempt - 1, worker_id = null
      where id = ${task.id} and status = 'in_progress' and announced < claim`;
  }

  /** An older version of the product, which raises no version of the run. */
  async #olderVersion(context: Context, runId: string): Promise<void> {
    await context.store.sql`
      with run as (
        update runs set last_seq = last_seq + 1 where id = ${runId} and status = 'active' returning id, last_seq
      )
      insert into events (run_id, seq, v, type, data)
      select id, last_seq, 1, 'text.appended', '{"turn":1,"text":"old","note":false}' from run`;
  }

  #heldIn(runId: string): Held | undefined {
    const held = this.#held.filter(({ task }) => task.runId === runId);
    return held.length === 0 ? undefined : this.#random.pick(held);
  }

  #agent() {
    return this.#random.pick(["knowledge", "knowledge", "planner", "browser"] as const);
  }

  #some<T>(from: readonly T[], about: number): T[] {
    return from.filter(() => this.#random.chance(about / (from.length + about)));
  }
}

/** What a person sees of the graph: neither the main agent nor parts of groups. */
function outer(tasks: readonly Task[]): Task[] {
  return tasks.filter(({ parentId, part }) => parentId !== null && part === null);
}
