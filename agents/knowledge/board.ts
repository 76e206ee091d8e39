import type { AgentContext } from "#/agents/agent.ts";
import { counted } from "#/agents/knowledge/answer.ts";
import { splitAspects } from "#/agents/knowledge/aspects.ts";
import { boardReport } from "#/agents/knowledge/board-report.ts";
import { factsOn } from "#/agents/knowledge/facts.ts";
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
const MAX_FACTS_A_ROUND = 5;
const MAX_FACT_CHARACTERS = 600;

/**
 * Works together with others over the board of the run. What answers its question becomes a fact on the board, and so does
 * each sentence that a rare name ties to the question, or to a fact that has to do with it (see weightIn); the names of these
 * are known from then on. What somebody else posted in the same words it does not post. When it finds nothing at all it posts
 * what it looks for as questions, and takes them back once it finds something. When it has nothing more to say it waits for
 * what others post, and ends after 3 s without any, or after 30 s in all.
 */
export async function workOverBoard(task: TaskSpec, context: AgentContext, search: Search): Promise<TaskResult> {
  const { board, signal } = context;
  const begunAt = ticks();
  const gathered = new Gathered(task.task, search, signal);
  const posted = new Map<string, Finding>();
  for (;;) {
    const notes = await board.read();
    await takeBackRepeated(notes, task.ref, context, posted);
    const found = await gathered.look((await gathered.follow(notes)).thread);
    signal.throwIfAborted();
    const since = await board.read();
    const fresh = newFacts(found, since, task.ref, posted);
    await postFacts(fresh, context, posted);
    await keepQuestions(task, notes, context, found.length + posted.size > 0);
    if (fresh.length > 0 || standing(since) !== standing(notes)) continue;
    const leftMs = Math.min(QUIET_MS, MOST_MS - (ticks() - begunAt));
    if (leftMs <= 0 || !(await changedWithin(leftMs, context))) break;
  }
  signal.throwIfAborted();
  const notes = await board.read();
  const { facts } = await gathered.follow(notes);
  const isMine = (note: Note) => facts.includes(note) || (note.author === task.ref && posted.has(note.text));
  return boardReport(task, factsOn(notes).filter(isMine), posted);
}

/** Tells two looks at the board apart: what came between them is not waited for, for it has been read. */
function standing(notes: readonly Note[]): string {
  return `${notes.length} notes, ${notes.filter(({ retracted }) => retracted).length} retracted`;
}

/**
 * What was found and nobody else has posted, be it inside of a longer fact. An earlier attempt's own facts count as new:
 * posting them again changes nothing.
 */
function newFacts(
  findings: readonly Finding[],
  notes: readonly Note[],
  ref: string,
  posted: ReadonlyMap<string, Finding>,
): [string, Finding][] {
  const said = [...factsOn(notes).flatMap(({ author, text }) => (author === ref ? [] : [text])), ...posted.keys()];
  const fresh = new Map<string, Finding>();
  for (const finding of findings) {
    const text = factOf(finding);
    if (text !== "" && ![...said, ...fresh.keys()].some((other) => other.includes(text))) fresh.set(text, finding);
  }
  return [...fresh].slice(0, Math.min(MAX_FACTS_A_ROUND, MAX_FACTS - posted.size));
}

/** Of two that posted the same at the same moment, the later one takes it back. */
async function takeBackRepeated(
  notes: readonly Note[],
  ref: string,
  { board }: AgentContext,
  posted: Map<string, Finding>,
): Promise<void> {
  const facts = factsOn(notes);
  for (const [at, { id, author, text }] of facts.entries()) {
    if (author !== ref || !facts.slice(0, at).some((other) => other.author !== ref && other.text === text)) continue;
    await board.retract(id);
    posted.delete(text);
  }
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
