import type { AgentContext, Dependency } from "#/agents/agent.ts";
import { SECOND, ticks } from "#/lib/clock.ts";
import type { Board, Note } from "#/lib/protocol/orchestration.ts";
import type { Evidence, PlanGraph } from "#/lib/protocol/result.ts";

const QUIET_MS = 3 * SECOND;
const MOST_MS = 30 * SECOND;
const MAX_TITLE_CHARACTERS = 80;
const MAX_NOTE_CHARACTERS = 1_000;

/**
 * What others have posted on the board of the run, as a task before would have brought it, once nobody has posted for 3 s, or
 * after 30 s in all; nothing when nothing stands there but questions.
 */
export async function boardAsDependency({ board, signal, progress }: AgentContext): Promise<Dependency[]> {
  progress("Waiting for what others post on the board");
  const endsAt = ticks() + MOST_MS;
  let notes = await board.read();
  while (ticks() < endsAt && (await board.changed(Math.min(QUIET_MS, endsAt - ticks())))) notes = await board.read();
  signal.throwIfAborted();
  const told = notes.filter(({ kind, retracted }) => kind !== "question" && !retracted);
  if (told.length === 0) return [];
  const text = told.map(({ author, text }) => `- ${author}: ${text}`).join("\n");
  const result = { text, evidence: told.map(evidenceOf), artifacts: [] };
  return [{ ref: "the board", agent: "board", task: "What stands on the board of the run", result }];
}

function evidenceOf({ text, source = "" }: Note): Evidence {
  const title = text.slice(0, MAX_TITLE_CHARACTERS).toWellFormed();
  return { claim: text, quote: text, source: { title, heading: [], url: source, origin: source } };
}

/** For whoever reads the board later: what is planned, step by step. */
export async function postPlan(board: Board, { goal, steps }: PlanGraph): Promise<void> {
  const text = `Plan: ${goal}: ${steps.map(({ title }, at) => `${at + 1}. ${title}`).join("; ")}`;
  await board.post({ kind: "partial", text: text.slice(0, MAX_NOTE_CHARACTERS).toWellFormed() });
}
