/** Deeper than people write, and far from where rendering overflows the stack. */
const maxLevels = 40;

const marker = /[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;

/**
 * True for Markdown that opens more quotes and lists on one line than anybody means. A parser takes time that grows with
 * the cube of their number (minutes for ten thousand) before it fails, so this is asked first; it takes one pass.
 */
export function nestsTooDeep(text: string): boolean {
  for (const match of text.matchAll(/^[ \t]*[>\-+*\d]/gm)) if (levelsAt(text, match.index) > maxLevels) return true;
  return false;
}

function levelsAt(text: string, from: number): number {
  marker.lastIndex = from;
  let levels = 0;
  while (levels <= maxLevels && marker.test(text)) levels += 1;
  return levels;
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
