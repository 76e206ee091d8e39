import { citationPattern, numbersIn } from "#/app/_ui/run-parts.ts";

/** As much of a Markdown tree as this needs to know. */
type MarkdownNode = {
  type: string;
  value?: string;
  url?: string;
  identifier?: string;
  children?: MarkdownNode[];
  data?: { hProperties: Record<string, string> };
};

const opaque = new Set(["link", "inlineCode", "code", "html", "footnoteDefinition"]);

/**
 * A remark plugin: `[n]` in the prose becomes a link that carries the number as `data-citation`. Code and links stay as
 * they are; whether the number is known is the renderer's business.
 */
export function citationMarks() {
  return (tree: MarkdownNode): void => mark(tree);
}

function mark(node: MarkdownNode): void {
  if (node.children === undefined || opaque.has(node.type)) return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "linkReference" && /^\d{1,4}$/.test(child.identifier ?? ""))
      return [citation(child.identifier ?? "")];
    if (child.type === "text") return split(child.value ?? "");
    mark(child);
    return [child];
  });
}

function split(text: string): MarkdownNode[] {
  const nodes: MarkdownNode[] = [];
  let from = 0;
  for (const match of text.matchAll(citationPattern)) {
    nodes.push(plain(hug(text.slice(from, match.index))));
    nodes.push(...numbersIn(match[1] ?? "").map((n) => citation(String(n))));
    from = match.index + match[0].length;
  }
  nodes.push(plain(text.slice(from)));
  return nodes.filter((node) => node.value !== "");
}

/** The blank before a citation goes, and a word joiner keeps it on the line of the word that it follows. */
function hug(before: string): string {
  const word = before.replace(/ $/, "");
  return word === "" || /\s$/.test(word) ? before : `${word}\u2060`;
}

function plain(value: string): MarkdownNode {
  return { type: "text", value };
}

function citation(n: string): MarkdownNode {
  return { type: "link", url: "", children: [plain(`[${n}]`)], data: { hProperties: { dataCitation: n } } };
}
