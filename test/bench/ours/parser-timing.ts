import { createParser } from "#/lib/actions/parser.ts";
import { ParserQuestion } from "#/test/bench/harness/parser-text.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** Microseconds a delta of the incremental parser, and of a regular expression that is run over the text so far. */
const gate = { refuses: () => null, admit: () => null };

function parse(deltas: readonly string[]): number {
  const parser = createParser({ gate });
  let blocks = 0;
  for (const delta of deltas) for (const item of parser.push(delta)) if (item.kind === "block") blocks += 1;
  for (const item of parser.end("stop")) if (item.kind === "block") blocks += 1;
  return blocks;
}

const block = /^ACTION:[ \t]*([A-Z]+)[ \t]*\n([\s\S]*?)^---END---[ \t]*$/gm;

/** Only the last `timed` of the deltas are read one by one: the text so far is there from the start. */
function search(deltas: readonly string[], timed: number): number {
  let text = deltas.slice(0, -timed).join("");
  let blocks = 0;
  for (const delta of deltas.slice(-timed)) {
    text += delta;
    blocks = [...text.matchAll(block)].length;
  }
  return blocks;
}

serve({
  async time(question) {
    const { deltas, timed, repeat, expected, by } = ParserQuestion.parse(question);
    const run = () => (by === "parser" ? parse(deltas) : search(deltas, timed));
    for (let at = 0; at < Math.ceil(repeat / 4); at += 1) run();
    const startedAt = performance.now();
    for (let at = 0; at < repeat; at += 1) {
      const found = run();
      if (found !== expected) throw new Error(`${by} found ${found} blocks instead of ${expected}`);
    }
    return ((performance.now() - startedAt) * 1_000) / (repeat * timed);
  },
});
