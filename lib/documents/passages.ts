import { type Block, countWords } from "#/lib/documents/blocks.ts";
import { cutBlock } from "#/lib/documents/cut-block.ts";

export type Passage = {
  /** The headings above the whole passage, outermost first, without the title of the document. */
  readonly heading: readonly string[];
  /** The source as it was written, headings included. */
  readonly text: string;
};

/** A passage holds 120 to 350 words where the document allows it, and never more than 600. */
const MIN_WORDS = 120;
const GOOD_WORDS = 350;
const MAX_WORDS = 600;

type Draft = { path: readonly string[]; blocks: Block[]; words: number };

/** Cuts at headings first, then between blocks; what is small joins its neighbour. */
export function toPassages(blocks: readonly Block[], title: string): Passage[] {
  const drafts: Draft[] = [];
  for (const section of sections(blocks)) {
    for (const draft of split(section)) join(drafts, draft);
  }
  const trailing = drafts.at(-1);
  if (drafts.length > 1 && trailing !== undefined && !hasBody(trailing)) drafts.at(-2)?.blocks.push(...trailing.blocks);
  return drafts.filter(hasBody).map((draft) => ({
    heading: isSame(draft.path[0], title) ? draft.path.slice(1) : draft.path,
    text: textOf(draft.blocks),
  }));
}

/** `streamText()` under the title streamText says nothing new. */
function isSame(heading: string | undefined, title: string): boolean {
  const letters = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  return heading !== undefined && letters(heading) === letters(title);
}

/** What stands under each heading, the heading itself first. */
function sections(blocks: readonly Block[]): Draft[] {
  const found: Draft[] = [];
  const path: { depth: number; title: string }[] = [];
  let current: Draft = { path: [], blocks: [], words: 0 };
  for (const block of blocks) {
    if (block.kind === "heading") {
      if (current.blocks.length > 0) found.push(current);
      while ((path.at(-1)?.depth ?? 0) >= block.depth) path.pop();
      path.push(block);
      current = { path: path.map((heading) => heading.title), blocks: [], words: 0 };
    }
    current.blocks.push(block);
  }
  if (current.blocks.length > 0) found.push(current);
  return found;
}

function split(section: Draft): Draft[] {
  const pieces: Draft[] = [];
  let current: Draft = { path: section.path, blocks: [], words: 0 };
  const atoms = section.blocks.flatMap((block) => cutBlock(block, MAX_WORDS));
  for (const [index, atom] of atoms.entries()) {
    const words = countWords(atom.text);
    // What announces the next block goes with it.
    const ahead = leads(atom) ? Math.min(countWords(atoms[index + 1]?.text ?? ""), MAX_WORDS - words) : 0;
    if (isFull(current, words + ahead)) {
      pieces.push(current);
      current = { path: section.path, blocks: [], words: 0 };
    }
    current.blocks.push(atom);
    current.words += words;
  }
  return [...pieces, current];
}

/** A heading, a sentence that ends with a colon, the name of a property. */
function leads(block: Block): boolean {
  return block.kind === "heading" || /:$|^\*\*`[^`]+`\*\*(: `.*`)?$/.test(block.text);
}

function isFull(draft: Draft, more: number): boolean {
  if (!hasBody(draft)) return false;
  return draft.words + more > (draft.words >= MIN_WORDS ? GOOD_WORDS : MAX_WORDS);
}

/** Adds a draft, to the one before it when either is small and both fit into one. A bare heading goes with what follows. */
function join(drafts: Draft[], next: Draft): void {
  const last = drafts.at(-1);
  const small = last !== undefined && (last.words < MIN_WORDS || (next.words < MIN_WORDS / 3 && hasBody(next)));
  if (!small || (hasBody(last) && (last.words + next.words > GOOD_WORDS || !hasBody(next)))) {
    drafts.push(next);
    return;
  }
  last.path = hasBody(last) ? shared(last.path, next.path) : next.path;
  last.blocks.push(...next.blocks);
  last.words += next.words;
}

function shared(one: readonly string[], other: readonly string[]): readonly string[] {
  const end = one.findIndex((title, index) => title !== other[index]);
  return end === -1 ? one : one.slice(0, end);
}

function hasBody(draft: Draft): boolean {
  return draft.blocks.some((block) => block.kind !== "heading");
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map((block, index) => (index === 0 ? block.text : block.gap + block.text)).join("");
}
