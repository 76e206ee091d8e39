import { v7 as uuid } from "uuid";
import { z } from "zod";
import type { Agent, AgentContext, Delegated, Dependency } from "#/agents/agent.ts";
import { after, SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Models } from "#/lib/model/models.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import type { ArtifactRef, TaskResult } from "#/lib/protocol/result.ts";
import { boardOf } from "#/lib/run/board.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { foldRun } from "#/lib/run/fold-run.ts";
import { readDependencies } from "#/lib/run/read-dependencies.ts";
import { overBudget } from "#/lib/run/spending.ts";
import { insertArtifact } from "#/lib/store/artifacts.ts";
import { readEventsOfRuns } from "#/lib/store/events.ts";

/** How long an agent may take to stop after its signal has aborted. */
const STOP_GRACE_MS = 5 * SECOND;

export type Attempt = {
  readonly agent: Agent;
  readonly models: Models;
  readonly search: Search;
  readonly signal: AbortSignal;
  readonly mayDelegate: boolean;
};

export type Search = (query: string, limit: number) => Promise<readonly Passage[]>;

/**
 * One attempt of a specialist: runs it under its deadline and lends it what it may use; everything that it leaves in the
 * log is fenced by the claim. Throws what the agent throws, `task-timeout` at the deadline, and the signal's reason when
 * the claim was lost.
 */
export async function runAgent(context: Context, task: ClaimedTask, by: Attempt): Promise<TaskResult | Delegated> {
  const answered = await underDeadline(context, task, by, (lent) => by.agent.execute(task.spec, lent));
  const fault = "delegate" in answered ? undefined : by.agent.outputSchema?.safeParse(answered).error;
  if (fault === undefined) return answered;
  const message = `The result is not what the ${by.agent.type} agent says of its results: ${z.prettifyError(fault)}`;
  throw new DeputyError("bad-result", message);
}

/** An agent is asked what it offers for a task; its result holds the bid, or none when it cannot do it. */
export async function askForBid(context: Context, task: ClaimedTask, by: Attempt): Promise<TaskResult> {
  const { agent } = by;
  const bid = await underDeadline(context, task, by, async (lent) =>
    agent.bid === undefined ? estimatedBid(agent) : agent.bid(task.spec, lent),
  );
  const text = bid === null ? "It cannot do this task." : `${bid.seconds} s for $${bid.price}.`;
  return { text, evidence: [], artifacts: [], ...(bid && { bid }) };
}

const UNSURE = 0.5;

/** Of an agent that does not bid itself: what its card says. */
function estimatedBid({ capabilities, timeoutMs }: Agent): Bid {
  const seconds = Math.max(0, ...capabilities.map(({ estimatedSeconds = 0 }) => estimatedSeconds));
  const price = Math.max(0, ...capabilities.map(({ estimatedCostUsd = 0 }) => estimatedCostUsd));
  return { price, seconds: seconds > 0 ? seconds : timeoutMs / SECOND, confidence: UNSURE };
}

async function underDeadline<T>(
  context: Context,
  task: ClaimedTask,
  by: Attempt,
  work: (lent: AgentContext) => Promise<T>,
): Promise<T> {
  const timeoutMs = task.timeoutMs ?? by.agent.timeoutMs;
  const deadline = new AbortController();
  const cancel = after(timeoutMs, () => deadline.abort(tooLate(task, timeoutMs)));
  const signal = AbortSignal.any([by.signal, deadline.signal]);
  const progress = new ProgressLog(context, task);
  try {
    signal.throwIfAborted();
    const lent = await lend(context, task, { ...by, signal, progress });
    const result = await Promise.race([work(lent), leftBehind(signal)]);
    signal.throwIfAborted();
    return result;
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    cancel();
    await progress.close();
  }
}

function tooLate(task: ClaimedTask, timeoutMs: number): DeputyError {
  return new DeputyError("task-timeout", `The ${task.agent} agent did not finish within ${timeoutMs / SECOND} s.`);
}

/** Rejects when the grace behind the abort has passed: an agent that does not stop is waited for no longer. */
function leftBehind(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const wait = () => after(STOP_GRACE_MS, () => reject(signal.reason));
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
}

type Lent = Omit<Attempt, "agent"> & { readonly progress: ProgressLog };

async function lend(context: Context, task: ClaimedTask, by: Lent): Promise<AgentContext> {
  return {
    signal: by.signal,
    dependencies: await dependenciesOf(context, task),
    board: boardOf(context, task, by.signal),
    mayDelegate: by.mayDelegate,
    progress: (text) => by.progress.say(text),
    search: by.search,
    async generate(request) {
      await requireBudget(context, task);
      const { text, usage, switched = [] } = await by.models.generate({ ...request, signal: by.signal });
      const data = { ...usage, milliseconds: Math.round(usage.milliseconds) };
      const entered = changeHeldRun(context, task, (change) => {
        for (const data of switched) {
          change.events.push({ type: "model.switched", taskId: task.id, agent: task.agent, data });
        }
        change.events.push({ type: "model.called", taskId: task.id, agent: task.agent, data });
      });
      // Waited for where the next call's budget depends on it; else what the agent writes next fails when this does.
      if (hasBudget(context)) await entered;
      else
        entered.catch((error) => context.log.debug({ task: task.id, error: String(error) }, "model call not entered"));
      return text;
    },
    async storeArtifact({ kind, name, mediaType, body }) {
      const id = uuid();
      const reference: ArtifactRef = { id, kind, name, mediaType, bytes: body.byteLength };
      await changeHeldRun(context, task, (change) => {
        change.more.push((sql) =>
          insertArtifact(sql, { id, runId: task.runId, taskId: task.id, kind, name, mediaType, body }),
        );
        change.events.push({ type: "artifact.stored", taskId: task.id, agent: task.agent, data: reference });
      });
      return reference;
    },
  };
}

function hasBudget({ env }: Context): boolean {
  return env.budgets.tokens > 0 || env.budgets.costUsd > 0;
}

/** Throws, not retryable, when the run has spent what it may. */
async function requireBudget(context: Context, task: ClaimedTask): Promise<void> {
  if (!hasBudget(context)) return;
  const logs = await readEventsOfRuns(context.store.db, [task.runId], ["model.called"]);
  const over = overBudget(foldRun(logs.get(task.runId) ?? []).spent, context.env.budgets);
  if (over !== null) throw new DeputyError(over.code, over.message);
}

async function dependenciesOf(context: Context, task: ClaimedTask): Promise<Dependency[]> {
  const known = await readDependencies(context, task);
  return known.map(({ spec, result, error }) => {
    return { ref: spec.ref, agent: spec.agent, task: spec.task, ...(result && { result }), ...(error && { error }) };
  });
}

/** Writes what the agent says it is doing; while one write is under way only the newest text waits. */
class ProgressLog {
  readonly #context: Context;
  readonly #task: ClaimedTask;
  #next: string | undefined;
  #writing: Promise<void> | undefined;

  constructor(context: Context, task: ClaimedTask) {
    this.#context = context;
    this.#task = task;
  }

  say(text: string): void {
    this.#next = text;
    this.#writing ??= this.#write();
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#next !== undefined) {
        const text = this.#next;
        this.#next = undefined;
        await changeHeldRun(this.#context, this.#task, (change) => {
          change.events.push({
            type: "task.progressed",
            taskId: this.#task.id,
            agent: this.#task.agent,
            data: { text },
          });
        });
      }
    } catch (error) {
      // Progress is a courtesy: a lost claim is noticed by the write that matters.
      this.#context.log.debug({ task: this.#task.id, error: String(error) }, "progress not written");
    } finally {
      this.#writing = undefined;
    }
  }
}
