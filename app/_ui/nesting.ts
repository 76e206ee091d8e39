/** Deeper than people write, and far from where rendering overflows the stack. */
const maxLevels = 40;

const maxSpans = 200;

const marker = /[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;

/**
 * True for Markdown that opens more quotes, lists, brackets or emphasis within one another than anybody means. A parser
 * takes time that grows with the square or the cube of their number (minutes for ten thousand) and then fails, so this is
 * asked first; it takes one pass.
 */
export function nestsTooDeep(text: string): boolean {
  return containersNestTooDeep(text) || text.split(/\n[ \t]*\n/).some(spansNestTooDeep);
}

function containersNestTooDeep(text: string): boolean {
  for (const match of text.matchAll(/^[ \t]*[>\-+*\d]/gm)) if (levelsAt(text, match.index) > maxLevels) return true;
  return false;
}

function levelsAt(text: string, from: number): number {
  marker.lastIndex = from;
  let levels = 0;
  while (levels <= maxLevels && marker.test(text)) levels += 1;
  return levels;
}

/** Brackets and marks of emphasis in one paragraph: what opens counts up, what closes counts down. */
function spansNestTooDeep(paragraph: string): boolean {
  const open = { bracket: 0, emphasis: 0 };
  for (const { 0: mark, index } of paragraph.matchAll(/[[\]]|[*_~]+/g)) {
    const kind = mark === "[" || mark === "]" ? "bracket" : "emphasis";
    const opens = mark === "[" || (kind === "emphasis" && /^$|\s/.test(paragraph.charAt(index - 1)));
    open[kind] = Math.max(0, open[kind] + (opens ? 1 : -1));
    const isTangle = mark.length > maxSpans && new Set(mark).size > 1;
    if (isTangle || open[kind] > maxSpans) return true;
  }
  return false;
}

type Node = { children?: Node[] };

/** A remark plugin: throws for a tree too deep to be rendered, in the prose of a paragraph, too. */
export function refuseDepth() {
  return (tree: Node): void => {
    if (depthOf([tree]) > 4 * maxLevels) throw new RangeError("nested too deep");
  };
}

function depthOf(level: readonly Node[]): number {
  let depth = 0;
  for (let nodes = level; nodes.length > 0; depth += 1) nodes = nodes.flatMap((node) => node.children ?? []);
  return depth;
}
