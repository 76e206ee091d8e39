/** A stretch of a passage that can be quoted: a sentence, a list item's sentence, a row, a line of code. */
export type Unit = {
  readonly kind: "sentence" | "item" | "row" | "code";
  /** `[from, to)` in UTF-16 units of the passage. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Units of one paragraph, item or code block share it: a quote does not reach from one into another. */
  readonly block: number;
  /** The headings inside of the passage that it stands under, outermost first. */
  readonly heading: readonly string[];
  /** What the line before names, such as the property that this describes. */
  readonly label: string | null;
};

type Chunk = {
  kind: "paragraph" | "item" | "row" | "code" | "heading" | "label";
  from: number;
  to: number;
  block: number;
};

/** A passage of Markdown as its quotable units, in order. Headings, fences and names of properties are none. */
export function unitsOf(text: string): Unit[] {
  const units: Unit[] = [];
  const headings: { depth: number; title: string }[] = [];
  let label: string | null = null;
  for (const chunk of chunksIn(text)) {
    const written = text.slice(chunk.from, chunk.to);
    if (chunk.kind === "heading") {
      enter(headings, written);
      label = null;
    } else if (chunk.kind === "label") {
      label = /`([^`]+)`/.exec(written)?.[1] ?? null;
    } else {
      const heading = headings.map((entry) => entry.title);
      const kind = chunk.kind === "paragraph" ? "sentence" : chunk.kind;
      for (const [from, to] of piecesOf(text, chunk.kind, chunk)) {
        units.push({ kind, from, to, text: text.slice(from, to), block: chunk.block, heading, label });
      }
      if (chunk.kind === "paragraph") label = null;
    }
  }
  return units;
}

function chunksIn(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let fence: string | null = null;
  let block = 0;
  let open: Chunk | null = null;
  for (const [from, to] of linesIn(text)) {
    const line = text.slice(from, to);
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) {
      fence = fence === null ? mark : null;
      open = null;
      block++;
      continue;
    }
    const kind = fence === null ? kindOf(line) : "code";
    if (kind === "paragraph" && (open?.kind === "paragraph" || open?.kind === "item")) {
      open.to = to;
      continue;
    }
    open = null;
    if (kind !== "code") block++;
    if (kind === "blank") continue;
    open = { kind, from, to, block };
    chunks.push(open);
  }
  return chunks;
}

function* linesIn(text: string): Generator<[number, number]> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const to = end === -1 ? text.length : end;
    yield [from, to];
    from = to + 1;
  }
}

function kindOf(written: string): Chunk["kind"] | "blank" {
  const line = written.replace(/^(?:\s*>)+\s?/, "");
  if (/^[\s>|:-]*$/.test(line)) return "blank";
  if (/^ {0,3}#{1,6}\s/.test(line)) return "heading";
  if (/^\*\*`[^`]+`\*\*(: `.*`)?$/.test(line)) return "label";
  if (/^\s*\|/.test(line)) return "row";
  if (/^\s*(?:[-*+]|\d+[.)])\s+\S/.test(line)) return "item";
  return "paragraph";
}

function enter(headings: { depth: number; title: string }[], line: string): void {
  const depth = /#+/.exec(line)?.[0].length ?? 1;
  while ((headings.at(-1)?.depth ?? 0) >= depth) headings.pop();
  headings.push({ depth, title: line.replaceAll(/^\s*#+\s+|[`*]|\s+#*$/g, "") });
}

const listMark = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?/;

/** What is not quoted before each kind, and behind a row: the bars around its cells. */
const leads = { paragraph: listMark, item: listMark, row: /^\s*\|\s*/, code: /^\s*/ };
const lastBar = /\s*(?<!\\)\|\s*$/;

function piecesOf(text: string, kind: keyof typeof leads, { from, to }: Chunk): [number, number][] {
  const length = (mark: RegExp) => mark.exec(text.slice(from, to))?.[0].length ?? 0;
  const start = from + length(leads[kind]);
  const end = kind === "row" ? to - length(lastBar) : to;
  const pieces = kind === "paragraph" || kind === "item" ? sentencesIn(text, start, end) : [[start, end] as const];
  return pieces
    .map(([first, last]): [number, number] => [first, first + text.slice(first, last).trimEnd().length])
    .filter(([first, last]) => last > first);
}

/** Sentences end with a mark and a blank before something that can begin one; `e.g.` ends none, nor does a mark in code. */
function sentencesIn(text: string, from: number, to: number): [number, number][] {
  const sentences: [number, number][] = [];
  let start = from;
  for (const end of text.slice(from, to).matchAll(/[.!?]["')\]*_`]*\s+(?=[\p{Lu}\d`"'([*_])/gu)) {
    const at = from + end.index;
    if (
      /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|Dr|Mrs?|Ms|Prof|St|Fig|No|\p{Lu})$/u.test(
        text.slice(Math.max(from, at - 8), at),
      )
    )
      continue;
    if (text.slice(start, at).split("`").length % 2 === 0 || text.slice(at - 2, at + 1) === "...") continue;
    sentences.push([start, at + end[0].trimEnd().length]);
    start = at + end[0].length;
  }
  return [...sentences, [start, to]];
}
