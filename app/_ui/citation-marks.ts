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
    const before = text.slice(from, match.index);
    const blank = /\S $/.test(before) ? " " : "";
    nodes.push(plain(blank === "" ? before : before.slice(0, -1)));
    nodes.push(...numbersIn(match[1] ?? "").map((n, position) => citation(String(n), position === 0 ? blank : "")));
    from = match.index + match[0].length;
  }
  nodes.push(plain(text.slice(from)));
  return nodes.filter((node) => node.value !== "");
}

function plain(value: string): MarkdownNode {
  return { type: "text", value };
}

/** The text of the link is what stands there when the number is unknown: with the blank that a known one does without. */
function citation(n: string, blank = ""): MarkdownNode {
  return { type: "link", url: "", children: [plain(`${blank}[${n}]`)], data: { hProperties: { dataCitation: n } } };
}
