import type { Aspect } from "#/agents/knowledge/aspects.ts";
import type { Finding } from "#/agents/knowledge/findings.ts";
import type { Evidence, TaskResult } from "#/lib/protocol/result.ts";

/** Headings that say nothing without the page they stand on. */
const bareHeadings =
  /^(?:api signature|parameters|returns|reference|overview|usage|props|options|examples?|introduction|background|issue|solution|problem|(?:more )?details|good to know|import|notes?|.)$/i;

/** What was found, as evidence and as Markdown: one bullet a finding, grouped by aspect. Says what nothing answers. */
export function reportOf(
  task: string,
  answers: readonly { aspect: Aspect; findings: readonly Finding[] }[],
): TaskResult {
  const evidence = new Map<Finding, Evidence>();
  const seen = new Set<string>();
  for (const finding of answers.flatMap((answer) => answer.findings)) {
    const found = evidenceOf(finding);
    const key = `${found.source.url} ${found.quote}`;
    if (!seen.has(key)) evidence.set(finding, found);
    seen.add(key);
  }
  if (evidence.size === 0) {
    return { text: `Nothing in the ingested documents answers “${shortened(task)}”.`, evidence: [], artifacts: [] };
  }
  const sections = answers.flatMap(({ aspect, findings }) => sectionOf(aspect, findings, evidence, answers.length > 1));
  return { text: sections.join("\n\n"), evidence: [...evidence.values()], artifacts: [] };
}

function sectionOf(
  aspect: Aspect,
  findings: readonly Finding[],
  evidence: ReadonlyMap<Finding, Evidence>,
  titled: boolean,
): string[] {
  const bullets = findings.flatMap((finding) => {
    const found = evidence.get(finding);
    return found === undefined ? [] : [`- ${found.claim} ([${placeOf(found)}](${found.source.url}))`];
  });
  const title = titled ? [`**${capitalised(shortened(aspect.label))}**`] : [];
  if (findings.length === 0)
    return [...title, `Nothing in the ingested documents answers “${shortened(aspect.label)}”.`];
  return bullets.length === 0 ? [] : [...title, bullets.join("\n")];
}

/** A finding with what it says and where it stands. */
export function evidenceOf({ passage, quote }: Finding): Evidence {
  const inner = quote.unit.heading.filter(
    (title) => !passage.heading.includes(title) && !isTitle(title, passage.title),
  );
  const heading = [...passage.heading, ...inner];
  return {
    claim: claimOf(passage.title, heading, quote.unit.label, quote.text),
    quote: quote.text,
    source: {
      title: passage.title,
      heading,
      url: `/documents/${passage.documentId}#passage-${passage.ordinal}`,
      origin: passage.origin,
    },
  };
}

/** The quote without its markup, behind what it is about. */
function claimOf(title: string, heading: readonly string[], label: string | null, quote: string): string {
  const last = heading.findLast((entry) => !bareHeadings.test(entry)) ?? title;
  const about = label === null ? last : `${title}, ${label}`;
  const sentence = plain(quote);
  return sentence.toLowerCase().startsWith(about.toLowerCase()) ? sentence : `${about}: ${sentence}`;
}

/** The words of Markdown on one line. */
export function plain(markdown: string): string {
  const cells = markdown.startsWith("|") ? markdown.replaceAll(/^\s*\||\|\s*$/g, "").split(/(?<!\\)\|/) : [markdown];
  return cells
    .map((cell) => cell.trim())
    .filter(Boolean)
    .join(": ")
    .replaceAll(/!?\[([^\][]*)\]\([^()\s]*(?:\s"[^"]*")?\)/g, "$1")
    .replaceAll(/^[\s>]*(?:[-*+]\s+|\/\/\s?)?/gm, " ")
    .replaceAll(/(`+)(.*?)\1|<\/?[A-Za-z][^<>]*>|\*\*|__|\\(?=[|*_<>`])/gs, "$2")
    .replaceAll(/(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Title and headings, as the text of a link. */
export function placeOf(found: Evidence): string {
  return [found.source.title, ...found.source.heading].join(" › ").replaceAll(/[[\]]/g, "");
}

function isTitle(heading: string, title: string): boolean {
  return heading.toLowerCase().replace(/\(\)$/, "") === title.toLowerCase();
}

function capitalised(text: string): string {
  return /^\p{Ll}+(?:\s|$)/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** On one line, at most 200 characters. */
export function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200).toWellFormed()}…` : line;
}
