import type { AgentContext } from "#/agents/agent.ts";
import { counted } from "#/agents/knowledge/answer.ts";
import { splitAspects } from "#/agents/knowledge/aspects.ts";
import { boardReport } from "#/agents/knowledge/board-report.ts";
import { factsOn, threadThrough } from "#/agents/knowledge/facts.ts";
import type { Finding } from "#/agents/knowledge/findings.ts";
import { Gathered } from "#/agents/knowledge/gathered.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import { evidenceOf, plain, shortened } from "#/agents/knowledge/report.ts";
import { SECOND, sleep, ticks } from "#/lib/clock.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const QUIET_MS = 3 * SECOND;
const MOST_MS = 30 * SECOND;
const MAX_FACTS = 12;
const MAX_FACTS_A_LOOK = 4;
const MAX_FACT_CHARACTERS = 600;

/**
 * Works together with others over the board of the run. It knows the names in its question and in the facts on the board that
 * have to do with it; each sentence of its documents that holds one of them, or most of the question's words, becomes a fact
 * on the board, and its names are known from then on. When it finds nothing at all it posts what it looks for as questions,
 * and takes them back once it finds something. When it has nothing more to say it waits for what others post, and ends after
 * 3 s without any, or after 30 s in all.
 */
export async function workOverBoard(task: TaskSpec, context: AgentContext, search: Search): Promise<TaskResult> {
  const { board, signal } = context;
  const begunAt = ticks();
  const gathered = new Gathered(task.task, search);
  const posted = new Map<string, Finding>();
  for (;;) {
    const notes = await board.read();
    const { thread } = threadThrough(task.task, factsOn(notes));
    const fresh = newFacts(await gathered.look(thread, signal), notes, task.ref, posted);
    signal.throwIfAborted();
    await postFacts(fresh, context, posted);
    await keepQuestions(task, notes, context, posted.size > 0);
    if (fresh.length > 0) continue;
    const leftMs = Math.min(QUIET_MS, MOST_MS - (ticks() - begunAt));
    if (leftMs <= 0 || !(await changedWithin(leftMs, context))) break;
  }
  signal.throwIfAborted();
  const { facts } = threadThrough(task.task, factsOn(await board.read()));
  return boardReport(task, facts, posted);
}

/** What was found and nobody else has posted. An earlier attempt's own facts count as new: posting them again changes nothing. */
function newFacts(
  findings: readonly Finding[],
  notes: readonly Note[],
  ref: string,
  posted: ReadonlyMap<string, Finding>,
): [string, Finding][] {
  const others = new Set(factsOn(notes).flatMap(({ author, text }) => (author === ref ? [] : [text])));
  const facts = findings.map((finding): [string, Finding] => [factOf(finding), finding]);
  const fresh = new Map(facts.filter(([text]) => text !== "" && !others.has(text) && !posted.has(text)));
  return [...fresh].slice(0, Math.min(MAX_FACTS_A_LOOK, MAX_FACTS - posted.size));
}

function factOf({ quote }: Finding): string {
  return plain(quote.text).slice(0, MAX_FACT_CHARACTERS).toWellFormed();
}

async function postFacts(
  fresh: readonly [string, Finding][],
  context: AgentContext,
  posted: Map<string, Finding>,
): Promise<void> {
  for (const [text, finding] of fresh) {
    await context.board.post({ kind: "fact", text, source: evidenceOf(finding).source.url });
    posted.set(text, finding);
  }
  if (fresh.length > 0) context.progress(`Posted ${counted(posted.size, "fact")} on the board`);
}

/** Own questions stand on the board while nothing was found; what somebody else asks already is not asked twice. */
async function keepQuestions(
  { ref, task }: TaskSpec,
  notes: readonly Note[],
  context: AgentContext,
  hasFound: boolean,
): Promise<void> {
  const asked = notes.filter(({ kind, retracted }) => kind === "question" && !retracted);
  const own = asked.filter(({ author }) => author === ref);
  if (hasFound) for (const { id } of own) await context.board.retract(id);
  else if (own.length === 0) {
    const questions = splitAspects(task).map(({ label }) => `${shortened(label)}?`);
    for (const text of questions.filter((text) => !asked.some((other) => other.text === text)))
      await context.board.post({ kind: "question", text });
    context.progress("Found nothing yet; waiting for what others post");
  }
}

/** False after that time, and at once when the signal aborts, whatever the board does. */
function changedWithin(ms: number, { board, signal }: AgentContext): Promise<boolean> {
  return Promise.race([board.changed(ms), sleep(ms + SECOND, signal).then(() => false)]);
}
