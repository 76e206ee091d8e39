import { describe, expect, test } from "vitest";
import { type Block, ParseReport } from "#/lib/protocol/action.ts";
import { type Case, corpus, parseCase, parsePieces, proseBySpans } from "#/test/actions/corpus.ts";

describe("the corpus", () => {
  test.each(corpus)("$name", (item) => {
    const report = parseCase(item);
    expect(report.blocks.map(({ verdict }) => verdict)).toEqual(item.expected.blocks.map(({ verdict }) => verdict));
    for (const [index, block] of report.blocks.entries()) expectBlock(block, item, index);
    expect(report.nearMisses.map(({ span }) => item.text.slice(...span))).toEqual(item.expected.nearMisses);
    if (item.expected.prose !== undefined) expect(report.prose).toBe(item.expected.prose);
    if (item.expected.phase !== undefined) expect(report.phase).toBe(item.expected.phase);
    expect(report.prose).toBe(proseBySpans(item.text, report.blocks));
    expect(ParseReport.parse(report)).toEqual(report);
  });

  test.each(corpus)("$name: the same at every split in two", (item) => {
    const whole = parseCase(item);
    for (let at = 1; at < item.text.length; at += 1) {
      expect(parsePieces(item, [item.text.slice(0, at), item.text.slice(at)]), `split at ${at}`).toEqual(whole);
    }
  });

  test.each(corpus)("$name: the same in pieces of 1, 2, 3, 7 and 64", (item) => {
    const whole = parseCase(item);
    for (const chunk of [1, 2, 3, 7, 64]) expect(parseCase(item, chunk), `pieces of ${chunk}`).toEqual(whole);
  });

  test("is large", () => {
    expect(corpus.length).toBeGreaterThan(150);
  });
});

function expectBlock(block: Block, { text, expected }: Case, index: number): void {
  const { verdict, action, kind, code, words, reason, text: spanned, normalised } = expected.blocks[index] ?? {};
  const about = `block ${index + 1}`;
  expect(block, about).toMatchObject({ verdict, ...(code && { code }), ...(reason && { reason }) });
  if (block.verdict === "accepted") expect(block.action, about).toMatchObject({ kind, ...action });
  if (block.verdict === "accepted" && normalised !== undefined) expect(block.normalised).toHaveLength(normalised);
  if (block.verdict === "refused") expect(block.message, about).toContain(words);
  if (spanned !== undefined) expect(text.slice(...block.span), about).toBe(spanned);
}
