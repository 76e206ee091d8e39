import type { IgnoredReason } from "#/lib/protocol/action.ts";

/** The elements inside of which nothing counts (rule 4). */
export type Element = "comment" | "details" | "think" | "thinking";

export const reasonOf: Record<Element, IgnoredReason> = {
  comment: "comment",
  details: "details",
  think: "think",
  thinking: "think",
};

/** Without the u flag, i compares ASCII letters only with one another. */
const ends: Record<Element, RegExp> = {
  comment: /-->/,
  details: /<\/details>/i,
  think: /<\/think>/i,
  thinking: /<\/thinking>/i,
};

const longestEnd = "</thinking>".length;

/** The element that a line opens, going by its first characters; it may close it, too. */
export function elementAtStart(line: string): Element | null {
  const start = line.slice(0, "<thinking>".length);
  if (start.startsWith("<!--")) return "comment";
  const tag = /^<(details|thinking|think)(?:[ \t\u00a0/>]|$)/i.exec(start)?.[1];
  return tag === undefined ? null : (tag.toLowerCase() as Element);
}

/** Looks for the ends of elements in one line after the other, in pieces of any size and in constant memory. */
export type EndSearch = {
  feed(stretch: string): void;
  holds(element: Element): boolean;
  nextLine(): void;
};

export function createEndSearch(): EndSearch {
  let tail = "";
  const found = new Set<Element>();
  return {
    feed(stretch) {
      const window = tail + stretch;
      for (const element of Object.keys(ends) as Element[]) if (ends[element].test(window)) found.add(element);
      tail = window.slice(1 - longestEnd);
    },
    holds: (element) => found.has(element),
    nextLine() {
      tail = "";
      found.clear();
    },
  };
}
