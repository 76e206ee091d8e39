/**
 * A stretch of Markdown. `read`: to be parsed on its own, it begins where a block does. `raw`: one paragraph, list or table so
 * large or so deep that a parser would need seconds for it; it is taken as it stands.
 */
export type Slab = { readonly kind: "read" | "raw"; readonly text: string };

/** The time of the parser grows faster than its input, and it holds several hundred bytes of memory for each byte. */
const SLAB_CHARACTERS = 4 * 1024;
const MAX_RUN_CHARACTERS = 16 * 1024;
/** Lists in lists and quotes in quotes, by the characters before their text. */
const tooDeep = /^[\s>]{60}/;

/** Markdown in pieces that each take a parser a time proportional to their size. Their texts, joined, are the source. */
export function slabs(source: string): Slab[] {
  const found: Slab[] = [];
  let current = "";
  const flush = () => {
    if (current !== "") found.push({ kind: "read", text: current });
    current = "";
  };
  for (const run of runs(source)) {
    if (run.isRaw) {
      flush();
      found.push({ kind: "raw", text: run.text });
      continue;
    }
    // What is indented may belong to the item above.
    if (current.length + run.text.length > SLAB_CHARACTERS && /^\S/.test(run.text)) flush();
    current += run.text;
  }
  flush();
  return found;
}

type Run = { readonly text: string; readonly isRaw: boolean };

/** Lines up to the end of a fence, or up to and with the blank lines behind them outside of one. */
function* runs(source: string): Generator<Run> {
  let from = 0;
  let fence: string | null = null;
  let fenced = false;
  let deep = false;
  let blank = false;
  const runTo = (to: number): Run => {
    const text = source.slice(from, to);
    return { text, isRaw: deep || (!fenced && text.length > MAX_RUN_CHARACTERS) };
  };
  for (const { line, at } of lines(source)) {
    const isBlank = line.trim() === "";
    if (blank && !isBlank && fence === null) {
      yield runTo(at);
      from = at;
      fenced = false;
      deep = false;
    }
    const mark = /^\s*(`{3,}|~{3,})/.exec(line.slice(0, 200))?.[1];
    if (mark !== undefined && fence === null) {
      fence = mark;
      fenced = true;
    } else if (fence !== null && mark?.startsWith(fence) && line.trim() === mark) fence = null;
    else if (fence === null && !isBlank && tooDeep.test(line)) deep = true;
    blank = fence === null && (isBlank || mark !== undefined);
  }
  if (from < source.length) yield runTo(source.length);
}

function* lines(source: string): Generator<{ line: string; at: number }> {
  for (let at = 0; at < source.length; ) {
    const end = source.indexOf("\n", at);
    const next = end === -1 ? source.length : end + 1;
    yield { line: source.slice(at, next), at };
    at = next;
  }
}
