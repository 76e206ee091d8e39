import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseText } from "#/lib/actions/parse-text.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import { phases } from "#/lib/protocol/phase.ts";
import { corpus, parsePieces, proseBySpans } from "#/test/actions/corpus.ts";

const pieces = [
  ...("aA*_-`~<: \t\u00a0\r\n\ufeff\0😀".match(/./gsu) ?? []),
  ..."\ud83d \ude00 \u200b \u2028 \r\n \n\n ``` ~~~~ ```js --- ---END--- ---end--- —END— ** __ *** <!-- --> <details> </details> <think> </think> <thinking> </thinking>".split(
    " ",
  ),
  "ACTION",
  "ACTION:",
  "ACTION: DELEGATE\n",
  "**ACTION:** delegate\r\n",
  "ACTION: PLAN\n",
  "ACTION: VERIFY\n",
  "ACTION: LEARN\n",
  "ACTION: REPLAN\n",
  "DROP: t1\n",
  "REASON: x\n",
  "action : delegate\n",
  "AGENT_TYPE: knowledge\n",
  "**Agent Type**: `Planner`.\n",
  "AGENT_TYPE: can:search\n",
  "TASK: do it\n",
  "TASK: ```\n",
  "STEPS: - a\n- b\n",
  "VERDICT: pass\n",
  "LESSON: x\n",
  "DEPENDS_ON: t1\n",
  "ID: a\n",
  "PRIORTY: high\n",
  'INPUT: {"a": 1}\n',
  "---END---\n",
  "---END---\r\n",
  "**---END---**\n",
  "\n```\n",
  "\n~~~\n",
  "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: A\n---END---\n",
  "ACTION: PLAN\nSTEPS:\n1. a\n---END---\n",
];

const hostileText = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })), { maxLength: 40 });
const phase = fc.constantFrom(...phases);
const finish = "stop" as const;

describe("whatever the text", () => {
  test("any split of it gives the same report", () => {
    fc.assert(
      fc.property(hostileText, phase, fc.array(fc.nat(400), { maxLength: 30 }), (parts, phase, cuts) => {
        const text = parts.join("");
        const whole = parseText(text, { gate: phaseGate(phase) });
        const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
        const split = at.slice(1).map((to, index) => text.slice(at[index], to));
        const options = { phase, finish, taken: [], user: false };
        expect(parsePieces({ options }, split)).toEqual(whole);
        expect(parsePieces({ options }, text.split(""))).toEqual(whole);
      }),
      { numRuns: 2_000 },
    );
  });

  test("prose is the text without the spans of its blocks, and spans are in order", () => {
    fc.assert(
      fc.property(hostileText, phase, (parts, phase) => {
        const text = parts.join("");
        const { prose, blocks, nearMisses } = parseText(text, { gate: phaseGate(phase) });
        expect(prose).toBe(proseBySpans(text, blocks));
        for (const spans of [blocks.map(({ span }) => span), nearMisses.map(({ span }) => span)]) {
          expect(spans).toEqual(spans.toSorted((a, b) => a[0] - b[0]));
          for (const [from, to] of spans) expect(0 <= from && from < to && to <= text.length).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["an unclosed fence", "~~~~~~~~~~~~\n", (text: string) => text],
    ["a comment", "<!--\n", (text: string) => text.replaceAll("-->", "")],
    ["details", "<details open>\n", (text: string) => text.replaceAll("</details>", "")],
    ["think", "<think>\n", (text: string) => text.replaceAll("</think>", "")],
    ["a quote", "> ", (text: string) => text.replace(/\r\n|\r|\n/g, "$&> ")],
    ["a list", "- ", (text: string) => text.replace(/\r\n|\r|\n/g, "$&- ")],
    ["a table", "| ", (text: string) => text.replace(/\r\n|\r|\n/g, "$&| ")],
    ["indentation", " ", (text: string) => text.replace(/\r\n|\r|\n/g, "$& ")],
  ])("nothing in %s runs or is refused", (_, start, inside) => {
    fc.assert(
      fc.property(hostileText, (parts) => {
        const text = start + inside(parts.join(""));
        const { blocks, prose } = parseText(text, { gate: phaseGate("EXECUTING") });
        expect(blocks.filter(({ verdict }) => verdict !== "ignored")).toEqual([]);
        expect(prose).toBe(text.replace(/\r\n?/g, "\n"));
      }),
      { numRuns: 300 },
    );
  });

  test("nothing of the corpus runs in a fence", () => {
    for (const { text, name } of corpus) {
      const { blocks } = parseText(`~~~~~~~~~\n${text}`, { gate: phaseGate("EXECUTING") });
      expect(
        blocks.filter(({ verdict }) => verdict !== "ignored"),
        name,
      ).toEqual([]);
    }
  });
});
