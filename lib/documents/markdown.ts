import type { Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { frontmatterFromMarkdown } from "mdast-util-frontmatter";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { frontmatter } from "micromark-extension-frontmatter";
import { gfm } from "micromark-extension-gfm";
import type { Block, Gap } from "#/lib/documents/blocks.ts";
import { withoutComponents } from "#/lib/documents/components.ts";
import { plainText } from "#/lib/documents/plain-markdown.ts";
import { type Slab, slabs } from "#/lib/documents/slabs.ts";

/** Only the structure of blocks is read: what a line holds inside is kept as written, and hostile lines cost nothing. */
const inlineConstructs = [
  "attention",
  "autolink",
  "characterEscape",
  "characterReference",
  "codeText",
  "emailAutolink",
  "gfmFootnoteCall",
  "gfmPotentialFootnoteCall",
  "hardBreakEscape",
  "htmlText",
  "labelEnd",
  "labelStartImage",
  "labelStartLink",
  "protocolAutolink",
  "strikethrough",
  "tasklistCheck",
  "wwwAutolink",
];

/** Components are written with any indentation, so that in MDX neither indented code nor HTML blocks exist. */
const absentInMdx = ["codeIndented", "htmlFlow"];

export type Markdown = {
  /** From the front matter, else the first heading of depth 1, else null. */
  readonly title: string | null;
  readonly blocks: readonly Block[];
};

/** Markdown (GFM) or MDX as blocks. Front matter, imports and the tags of components are left out, what they hold is kept. */
export function readMarkdown(source: string, options: { mdx: boolean }): Markdown {
  const text = source.replaceAll(/\r\n?/g, "\n");
  const front = /^---[ \t]*\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text);
  const body = withoutComponents(front ? text.slice(front[0].length) : text, options);
  const blocks = slabs(body).flatMap((slab) => blocksOf(slab, options.mdx));
  const first = blocks.find((block) => block.kind === "heading" && block.depth === 1);
  return { title: titleOf(front?.[1]) ?? (first?.kind === "heading" ? first.title : null), blocks };
}

function titleOf(frontMatter: string | undefined): string | null {
  const written = /^title:[ \t]*(.+)$/m.exec(frontMatter ?? "")?.[1]?.trim();
  const quoted = /^(["'])(.*)\1$/.exec(written ?? "");
  return quoted?.[2] || written || null;
}

function blocksOf({ kind, text }: Slab, mdx: boolean): Block[] {
  if (kind === "raw") return [{ kind: /^\s*\|/.test(text) ? "table" : "text", text: text.trim(), gap: "\n\n" }];
  const end = { offset: 0 };
  return parse(text, mdx).children.flatMap((node) => {
    const pieces = node.type === "list" ? node.children : [node];
    return pieces.flatMap((piece) => blockOf(text, piece, end) ?? []);
  });
}

function parse(source: string, mdx: boolean): Root {
  return fromMarkdown(source, {
    extensions: [
      gfm(),
      frontmatter(),
      { disable: { null: mdx ? [...inlineConstructs, ...absentInMdx] : inlineConstructs } },
    ],
    mdastExtensions: [gfmFromMarkdown(), frontmatterFromMarkdown()],
  });
}

function blockOf(source: string, node: RootContent, end: { offset: number }): Block | null {
  const from = node.position?.start.offset ?? 0;
  const to = node.position?.end.offset ?? from;
  const text = source.slice(from, to);
  const gap: Gap = /\n[ \t]*\n/.test(source.slice(end.offset, from)) ? "\n\n" : "\n";
  end.offset = to;
  if (node.type === "thematicBreak" || node.type === "yaml" || text.trim() === "") return null;
  if (node.type === "heading") return { kind: "heading", depth: node.depth, title: headingTitle(text), text, gap };
  return { kind: node.type === "code" || node.type === "table" ? node.type : "text", text, gap };
}

function headingTitle(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return plainText(line.replace(/^\s*#{1,6}[ \t]*/, "").replace(/[ \t]+#+[ \t]*$/, ""));
}
