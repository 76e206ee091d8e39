import type { Auction, Consensus } from "#/lib/protocol/orchestration.ts";
import type { NumberedEvidence, Page } from "#/lib/protocol/result.ts";
import type { TurnConflict, TurnSide, TurnTask } from "#/lib/protocol/turn.ts";

/** In UTF-16 units; what is cut says so. */
const maxText = 4_000;
const maxPageText = 6_000;
const maxQuote = 1_500;
const maxTask = 1_000;
/** Pieces of evidence that one task may bring into a prompt. */
const maxEvidence = 20;
const maxRemarks = 6;
const maxReasons = 6;

/**
 * The tasks of a run as the model reads them: one line of JSON a task. Line ends stand escaped inside of the strings,
 * so that no line of a result can begin like anything else in the prompt. Where there is evidence, a plan or a page, the
 * text repeats them; only its plain sentences are kept as remarks, such as what was not found. The text of a vote says
 * nothing that the vote does not, nor does the first line of what an auction's winner brought.
 */
export function renderTasks(tasks: readonly TurnTask[]): string {
  return tasks.map((task) => JSON.stringify(taskLine(task))).join("\n");
}

/** Contradictions between results as the model reads them: one line of JSON each. */
export function renderConflicts(conflicts: readonly TurnConflict[]): string {
  const side = ({ ref, agent, statement }: TurnSide) => ({ id: ref, agent, statement: cut(statement, maxQuote) });
  return conflicts
    .map(({ subject, first, second, rule }) =>
      JSON.stringify({ about: cut(subject, maxQuote), first: side(first), second: side(second), rule }),
    )
    .join("\n");
}

function taskLine(task: TurnTask) {
  const { ref, agent, status, author, mode = "parallel", dependsOn = [], error, result } = task;
  const isWaiting = status === "pending" && dependsOn.length > 0;
  return {
    id: ref,
    agent,
    status,
    ...(author === "user" ? { author } : {}),
    ...(mode === "parallel" || mode === "sequential" ? {} : { mode }),
    ...(isWaiting ? { after: dependsOn } : {}),
    task: cut(task.task, maxTask),
    ...(error ? { error: cut(error.message, maxText) } : {}),
    ...(result ? resultFields(result) : {}),
  };
}

function resultFields(result: NonNullable<TurnTask["result"]>) {
  const { evidence, plan, page, consensus, auction, aggregated } = result;
  const told = evidence.length > 0 || plan !== undefined || page !== undefined || consensus !== undefined;
  const remarks = plan || page || consensus || !told ? [] : remarksIn(auction ? wonText(result.text) : result.text);
  return {
    ...(consensus ? { vote: voteLine(consensus) } : {}),
    ...(auction ? { auction: auctionLine(auction) } : {}),
    ...(aggregated ? { aggregated } : {}),
    ...(told ? {} : { text: cut(result.text, maxText) }),
    ...(remarks.length > 0 ? { remarks } : {}),
    ...(evidence.length > 0 ? { evidence: evidence.slice(0, maxEvidence).map(evidenceLine) } : {}),
    ...(plan ? { plan } : {}),
    ...(page ? { page: pageLine(page) } : {}),
  };
}

function voteLine({ reached, winner, share, minAgreement, votes, dissent, tie }: Consensus) {
  const silent = votes.filter(({ answer }) => answer === null);
  return {
    reached,
    winner: winner === null ? null : cut(winner, maxQuote),
    share: percent(share),
    needed: percent(minAgreement),
    votes: votes.length,
    ...(dissent.length > 0
      ? { dissent: dissent.map(({ answer, refs }) => ({ answer: cut(answer, maxQuote), by: refs })) }
      : {}),
    ...(silent.length > 0
      ? { silent: silent.map(({ ref, error }) => ({ id: ref, ...(error ? { error } : {}) })) }
      : {}),
    ...(tie ? { tie: tie.rule } : {}),
  };
}

function auctionLine({ winner, rounds, bids, reasons, actual }: Auction) {
  const won = bids.findLast(({ agent, bid }) => agent === winner && bid !== null)?.bid;
  return {
    winner,
    rounds,
    bidders: new Set(bids.filter(({ bid }) => bid !== null).map(({ agent }) => agent)).size,
    ...(won ? { bid: { price: won.price, seconds: won.seconds, confidence: won.confidence } } : {}),
    ...(actual ? { actual } : {}),
    reasons: reasons.slice(0, maxReasons).map((reason) => cut(reason, maxQuote)),
  };
}

/** Without its first line, which says of the auction what stands in its fields. */
function wonText(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}

/** As a person says it: `67%`. */
function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** The lines of a report that are no heading, no item and no quotation. */
function remarksIn(text: string): string[] {
  const lines = text.split("\n").filter((line) => /^[\p{L}\p{N}"“'(]/u.test(line));
  return lines.slice(0, maxRemarks).map((line) => cut(line.trim(), maxQuote));
}

function evidenceLine({ n, claim, quote, source }: NumberedEvidence) {
  const where = [source.title, ...source.heading.filter((heading) => heading !== source.title)].join(" > ");
  return { n, claim: cut(claim, maxQuote), quote: cut(quote, maxQuote), where, origin: source.origin };
}

function pageLine({ title, finalUrl, status, text, truncated, tables }: Page) {
  return {
    title,
    url: finalUrl,
    status,
    text: cut(text, maxPageText),
    ...(truncated ? { truncated } : {}),
    ...(tables.length > 0
      ? { tables: tables.slice(0, 5).map(({ caption, rows }) => ({ caption, rows: rows.slice(0, 20) })) }
      : {}),
  };
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)} [cut]`;
}
