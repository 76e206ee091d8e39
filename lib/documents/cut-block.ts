import { type Block, countWords } from "#/lib/documents/blocks.ts";

/**
 * A block too large for one passage as several of at most `maxWords`: code at line ends, each piece in its own fence; tables
 * between rows, each piece with the header; text at sentence ends, then at blanks, then anywhere.
 */
export function cutBlock(block: Block, maxWords: number): Block[] {
  if (countWords(block.text) <= maxWords || block.kind === "heading") return [block];
  const { opening, lines, closing } = frameOf(block);
  const room = maxWords - countWords(opening + closing);
  const units = lines.flatMap((line) => cutLine(line, Math.max(room, 1)));
  return pack(units, Math.max(room, 1)).map((text, index) => ({
    kind: block.kind,
    text: opening + (block.kind === "text" ? text.trim() : text.replace(/\n$/, "")) + closing,
    gap: index === 0 ? block.gap : "\n\n",
  }));
}

/** What each piece begins and ends with, and the lines between, each with its line end. */
function frameOf(block: Block): { opening: string; lines: string[]; closing: string } {
  const lines = block.text.split(/(?<=\n)/);
  const first = lines[0] ?? "";
  if (block.kind === "table") return { opening: lines.slice(0, 2).join(""), lines: lines.slice(2), closing: "" };
  const fence = block.kind === "code" ? /^\s*(`{3,}|~{3,})/.exec(first)?.[1] : undefined;
  if (fence === undefined || first.length > 200) return { opening: "", lines, closing: "" };
  const closed = lines.length > 1 && lines.at(-1)?.trim().startsWith(fence);
  return { opening: first, lines: lines.slice(1, closed ? -1 : undefined), closing: `\n${fence}` };
}

function cutLine(line: string, maxWords: number): string[] {
  if (countWords(line) <= maxWords) return [line];
  const sentences = line.split(/(?<=[.!?。！？] ?)(?=\s|[\u3000-\u9fff])/);
  return sentences.flatMap((sentence) =>
    countWords(sentence) <= maxWords ? [sentence] : cutAnywhere(sentence, maxWords),
  );
}

function cutAnywhere(text: string, maxWords: number): string[] {
  const parts: string[] = [];
  for (const word of text.split(/(?<=\s)(?=\S)/)) {
    for (let from = 0; from < word.length; from += maxWords * 8) parts.push(word.slice(from, from + maxWords * 8));
  }
  return parts;
}

/** Joins units, in order, into as few texts of at most `maxWords` as they make. */
function pack(units: readonly string[], maxWords: number): string[] {
  const packed: string[] = [];
  let current: string[] = [];
  let words = 0;
  for (const unit of units) {
    const more = countWords(unit);
    if (current.length > 0 && words + more > maxWords) {
      packed.push(current.join(""));
      current = [];
      words = 0;
    }
    current.push(unit);
    words += more;
  }
  if (current.length > 0) packed.push(current.join(""));
  return packed.filter((text) => text.trim() !== "");
}
