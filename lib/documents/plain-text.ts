import type { Block } from "#/lib/documents/blocks.ts";

/** Plain text as its paragraphs: what blank lines set apart. */
export function textBlocks(content: string): Block[] {
  const blocks: Block[] = [];
  const paragraphs = content.replaceAll(/\r\n?/g, "\n").split(/\n(?:[ \t]*\n)+/);
  for (const paragraph of paragraphs) {
    const text = paragraph.replace(/^[ \t]*\n+/, "").trimEnd();
    if (text !== "") blocks.push({ kind: "text", text, gap: "\n\n" });
  }
  return blocks;
}
