import type { AgentDesk } from "#/agents/desks.ts";
import { type Trade, workOn } from "#/agents/work-on.ts";
import type { WorkerParts } from "#/agents/worker-parts.ts";
import { after } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { AgentName } from "#/lib/protocol/agent.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import { claimedByHand } from "#/lib/run/claim-by-hand.ts";
import { type Claims, isSuspect, openClaims } from "#/lib/run/claim-task.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Handed, Taker } from "#/lib/run/hand-over.ts";
import type { Entry, Kind } from "#/lib/stream/desk.ts";
import { readEntries } from "#/lib/stream/read.ts";

const TELL_AFTER_MS = 50;

type TaskLoopParts = WorkerParts & { readonly trade: Trade };

/**
 * Hears of tasks by the streams of all desks, claims, works, settles. What the worker makes ready itself it need not be told of:
 * it goes on with it at once. Nothing is begun any more from the moment in which `signal` aborts.
 */
export class TaskLoop implements Taker {
  readonly workerId: string;
  readonly #parts: TaskLoopParts;
  readonly #claims: Claims;
  readonly #signal: AbortSignal;

  constructor(parts: TaskLoopParts, signal: AbortSignal) {
    const { context, workerId, held } = parts;
    this.workerId = workerId;
    this.#parts = parts;
    this.#signal = signal;
    const isGuarding = () => held.some((task) => isSuspect(task, context.env.budgets.attempts));
    this.#claims = openClaims(context, workerId, isGuarding);
  }

  /** Resolves when the signal has aborted, and what was read by then is taken. */
  async run(): Promise<void> {
    const { context, desks, refusals } = this.#parts;
    context.writer.giveTo(this);
    this.#signal.addEventListener("abort", () => context.writer.giveTo(undefined), { once: true });
    await readEntries(context.doorbell, {
      consumer: this.workerId,
      kinds: desks.map((desk) => this.#kindOf(desk)),
      refused: (reason, entryId) => refusals.count(reason, entryId),
      signal: this.#signal,
    });
  }

  #kindOf(desk: AgentDesk): Kind {
    return {
      agent: desk.agent,
      room: () => desk.slots.free,
      untilRoom: () => desk.slots.untilFree(this.#signal),
      take: (entry) => void desk.slots.use(() => this.#take(entry, desk)),
    };
  }

  /** Whatever Redis is up to: what is due and unheard of, as the record tells. */
  takeUnheard(agent: AgentName, { id, hash }: { readonly id: string; readonly hash: string }): void {
    const desk = this.#deskOf(agent);
    const isFull = desk === undefined || desk.slots.free <= 0;
    if (isFull || this.#signal.aborted || this.#parts.held.has(id)) return;
    void desk.slots.use(() => this.#take({ taskId: id, hash, ack: async () => {} }, desk));
  }

  async #take({ taskId, hash, ack }: Entry, { timeoutMs }: AgentDesk): Promise<void> {
    const { context, refusals } = this.#parts;
    try {
      const task = await this.#claims.claim({ taskId, hash, timeoutMs });
      void ack();
      if (typeof task === "string") refusals.count(task === "not-due" ? "replayed" : task, taskId);
      else await this.#hold(task);
    } catch (error) {
      // Not acked: it is handed out again when the database is back.
      context.log.warn({ task: taskId, error: messageOf(error) }, "could not claim");
    }
  }

  reserve(agent: AgentName): number | null {
    const desk = this.#deskOf(agent);
    if (desk === undefined || desk.slots.free <= 0 || this.#signal.aborted) return null;
    desk.slots.take();
    return desk.timeoutMs;
  }

  release(agent: AgentName): void {
    this.#deskOf(agent)?.slots.give();
  }

  begin(handed: Handed): void {
    void this.#hold(claimedByHand(handed)).finally(() => this.release(handed.task.agent));
  }

  #hold(task: ClaimedTask): Promise<void> {
    return this.#parts.held.run(task, (signal) => this.#work(task, signal));
  }

  async #work(task: ClaimedTask, signal: AbortSignal): Promise<void> {
    const { context, trade, refusals } = this.#parts;
    const stopTelling = after(TELL_AFTER_MS, () => this.#tellOf(task));
    const outcome = await workOn(context, task, trade, signal);
    stopTelling();
    if (outcome === "lost") refusals.count("late-outcome", task.id);
  }

  /** A task that says nothing for a while shows that it is under way. */
  #tellOf(task: ClaimedTask): void {
    const { context } = this.#parts;
    changeHeldRun(context, task, () => {}).catch((error) =>
      context.log.debug({ error: messageOf(error) }, "claim not told"),
    );
  }

  #deskOf(agent: AgentName): AgentDesk | undefined {
    return this.#parts.desks.find((desk) => desk.agent === agent);
  }
}
