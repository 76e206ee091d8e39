import { claimsOf, type Meaning, maxClaims, meaningOf, sameMeaning } from "#/lib/graph/claims.ts";
import { consensusResult, countVotes, majorityOf } from "#/lib/graph/consensus.ts";
import { evidenceOnce, leftOut } from "#/lib/graph/evidence-once.ts";
import { shortened } from "#/lib/graph/shortened.ts";
import type { Aggregate } from "#/lib/protocol/action.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

/** A task whose result becomes part of another one's. */
export type Part = {
  readonly ref: string;
  readonly agent: string;
  readonly task: string;
  readonly result?: TaskResult;
  /** Why there is no result. */
  readonly error?: string;
};

type Settled = Part & { readonly result: TaskResult };

/** Of the text of a result, all parts together. */
const maxTextBytes = 200_000;
/** For headings, remarks and the lines about failures, out of it. */
const bytesAPart = 1_000;
const maxArtifacts = 100;
const maxRemarks = 3;

/**
 * Several results as one, in the order given. Whichever way: failed parts are named with their reason, artifacts are kept, the
 * evidence stands in order, each quote of a source once; a plan and a page are kept as such when there is exactly one.
 *
 *   concat  each part's text whole, under a heading that names it; one that is too long is cut, and says so
 *   merge   the claims of all parts, each once with the references of those that make it, those that several make first;
 *           claims that contradict each other are both kept; a text without claims or evidence, a plan and a page stand below
 *   vote    the answer of more than half of all parts (consensus.ts), or that there is none
 */
export function aggregate(how: Aggregate, parts: readonly Part[]): TaskResult {
  const settled = parts.filter(isSettled);
  const kept = {
    artifacts: settled.flatMap(({ result }) => result.artifacts).slice(0, maxArtifacts),
    aggregated: { how, from: settled.map(({ ref }) => ref) },
    ...only(settled, "plan"),
    ...only(settled, "page"),
  };
  if (how === "vote") return { ...consensusResult(countVotes(parts, majorityOf(parts.length)), parts), ...kept };
  const { evidence, left } = evidenceOnce(settled.map(({ result }) => result));
  const { text, claims } = how === "concat" ? concatenated(parts) : merged(parts);
  const remarks = [...several(settled, "plan"), ...several(settled, "page"), ...leftOut(left)];
  return {
    text: [text || "There is no result to aggregate.", ...remarks].join("\n\n"),
    evidence,
    ...kept,
    ...(claims.length > 0 ? { claims } : {}),
  };
}

function isSettled(part: Part): part is Settled {
  return part.result !== undefined;
}

/** The plan, or the page, when exactly one part has one. */
function only(settled: readonly Settled[], what: "plan" | "page"): Pick<TaskResult, "plan" | "page"> {
  const [found, ...more] = settled.flatMap(({ result }) => result[what] ?? []);
  return found === undefined || more.length > 0 ? {} : { [what]: found };
}

function several(settled: readonly Settled[], what: "plan" | "page"): string[] {
  const refs = settled.filter(({ result }) => result[what] !== undefined).map(({ ref }) => ref);
  return refs.length > 1
    ? [`There are ${refs.length} ${what}s, of ${refs.join(", ")}: each stands in the result of its task.`]
    : [];
}

function concatenated(parts: readonly Part[]): { text: string; claims: string[] } {
  const stated = parts.flatMap(({ result }) => (result?.claims?.length && result ? claimsOf(result) : []));
  return { text: sections(parts, maxTextBytes).join("\n\n"), claims: [...new Set(stated)].slice(0, maxClaims) };
}

/** A heading and the text for each part; a line for each that failed; in `maxBytes` together. */
function sections(parts: readonly Part[], maxBytes: number): string[] {
  const room = roomFor(
    parts.map(({ result }) => bytesOf(result?.text ?? "")),
    maxBytes - bytesAPart * parts.length,
  );
  return parts.map((part, at) => {
    if (!isSettled(part)) return failureLine(part);
    return `## ${part.ref} · ${part.agent}: ${shortened(part.task)}\n\n${cut(part.result.text, room[at] ?? 0)}`;
  });
}

/** It begins with a word and not like an item of a list, so that prompts that show only plain sentences show it, too. */
function failureLine({ ref, agent, task, error }: Part): string {
  return `Task ${ref} (${agent}: ${shortened(task)}) brought no result: ${shortened(error ?? "no reason was given")}`;
}

/** Bytes for each of several texts: short ones stay whole, the long ones share what these leave. */
function roomFor(sizes: readonly number[], total: number): number[] {
  const room = sizes.map(() => 0);
  const ascending = sizes.map((size, at) => ({ size, at })).sort((one, other) => one.size - other.size);
  let left = Math.max(0, total);
  for (const [done, { size, at }] of ascending.entries()) {
    const share = Math.min(size, Math.floor(left / (ascending.length - done)));
    room[at] = share;
    left -= share;
  }
  return room;
}

/** At most `maxBytes` of UTF-8 and a remark; a code fence that would stay open, and hide what follows, is closed. */
function cut(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  const shown = closed(text.slice(0, read));
  if (read === text.length) return shown;
  return `${shown}\n\nThis part was cut: ${kilobytes(maxBytes)} of ${kilobytes(bytesOf(text))} are shown; all of it stands in the result of its task.`;
}

function closed(text: string): string {
  let open: string | null = null;
  for (const [, fence = ""] of text.matchAll(/^ {0,3}(`{3,}|~{3,})/gm)) {
    if (open === null) open = fence;
    else if (fence.startsWith(open)) open = null;
  }
  return open === null ? text : `${text}\n${open}`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000)} KB`;
}

/** `about`: the task that a bare "yes" answers. */
type Claim = {
  readonly text: string;
  readonly meaning: Meaning;
  readonly about: string | null;
  readonly refs: string[];
  readonly link: string;
};

/** Claims with the references of those that make them; behind them, whole, what cannot be taken apart. */
function merged(parts: readonly Part[]): { text: string; claims: string[] } {
  const apart = parts.filter(isSettled).filter(hasClaims);
  const claims = claimsOnce(apart);
  const lists = [
    { title: "Said by several", found: claims.filter(({ refs }) => refs.length > 1) },
    { title: "Said by one", found: claims.filter(({ refs }) => refs.length === 1) },
  ].filter(({ found }) => found.length > 0);
  const room = maxTextBytes / 2;
  const listed = lists.map(({ title, found }) => {
    const titled = lists.length > 1 ? `**${title}**\n\n` : "";
    return `${titled}${cut(found.map(claimLine).join("\n"), (room - bytesAPart) / lists.length)}`;
  });
  const whole = parts.filter(({ result }) => result === undefined || !hasClaims({ result }) || isShownWhole(result));
  const remarks = apart.filter(({ result }) => !isShownWhole(result)).flatMap(remarksOf);
  const text = [...listed, ...remarks, ...sections(whole, room)].join("\n\n");
  return { text, claims: lists.flatMap(({ found }) => found.map(({ text }) => text)).slice(0, maxClaims) };
}

function hasClaims({ result }: Pick<Settled, "result">): boolean {
  return result.evidence.length > 0 || (result.claims ?? []).length > 0;
}

function isShownWhole({ plan, page }: TaskResult): boolean {
  return plan !== undefined || page !== undefined;
}

function claimsOnce(parts: readonly Settled[]): Claim[] {
  const claims: Claim[] = [];
  for (const part of parts) {
    for (const text of claimsOf(part.result)) {
      const claim = claimIn(part, text);
      const known = claims.find(({ meaning, about }) => about === claim.about && sameMeaning(meaning, claim.meaning));
      if (known === undefined) claims.push(claim);
      else if (!known.refs.includes(part.ref)) known.refs.push(part.ref);
    }
  }
  return claims;
}

/** A bare answer says nothing without what was asked, and is the same as another one only for the same question. */
function claimIn({ ref, task, result }: Settled, text: string): Claim {
  const meaning = meaningOf(text);
  const about = meaning.bare ? shortened(task) : null;
  const found = result.evidence.find(({ claim }) => shortened(claim) === shortened(text))?.source;
  const link = found === undefined ? "" : `[${found.title.replace(/[[\]]/g, "")}](${found.url})`;
  return { text: about === null ? text : `${about} ${text}`, meaning, about, refs: [ref], link };
}

function claimLine({ text, refs, link }: Claim): string {
  return `- ${text} (${[...refs, ...(link === "" ? [] : [link])].join(", ")})`;
}

/** Plain sentences beside a list of findings, such as what was not found. */
function remarksOf({ ref, result }: Settled): string[] {
  if ((result.claims ?? []).length > 0) return [];
  const lines = result.text.split("\n").filter((line) => /^\p{L}/u.test(line));
  return lines.slice(0, maxRemarks).map((line) => `Remark of ${ref}: ${shortened(line)}`);
}
