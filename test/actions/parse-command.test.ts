import { describe, expect, test } from "vitest";
import { type ParseOptions, runParse } from "#/lib/cli/parse.ts";
import { corpus, parseCase } from "#/test/actions/corpus.ts";

const block = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: Research X\n---END---";

/** Runs the command on what comes in as these pieces. */
async function run(options: ParseOptions, ...input: (string | Uint8Array)[]): Promise<string> {
  let printed = "";
  const status = await runParse(options, from(input), {
    write(text) {
      printed += text;
      return true;
    },
  });
  expect(status).toBe(0);
  return printed;
}

async function* from(input: readonly unknown[]): AsyncGenerator<unknown> {
  yield* input;
}

const answersOf = (printed: string) =>
  printed
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("deputy parse", () => {
  test("prints the report of the grammar's page", async () => {
    expect(JSON.parse(await run({}, block))).toEqual({
      prose: "",
      phase: "EXECUTING",
      blocks: [
        {
          verdict: "accepted",
          span: [0, 65],
          normalised: [],
          action: {
            kind: "delegate",
            agentType: "knowledge",
            task: "Research X",
            id: "t1",
            dependsOn: [],
            mode: "parallel",
            priority: "normal",
            strict: true,
          },
        },
      ],
      nearMisses: [],
    });
  });

  test("takes phase, chunk, finish and user", async () => {
    const options = { phase: "PLANNING", chunk: "3", finish: "length" };
    const report = JSON.parse(await run(options, `${block}\nACTION: PLAN`));
    expect(report.blocks).toMatchObject([{ code: "not-allowed-in-PLANNING" }, { code: "truncated" }]);
    expect(report.blocks[1].message).toContain("length limit");
    const user = JSON.parse(await run({ user: true, phase: "PLANNING" }, "/delegate knowledge X"));
    expect(user).toMatchObject({ phase: "PLANNING", blocks: [{ verdict: "accepted" }] });
  });

  test("puts characters together that come in pieces, and counts the BOM", async () => {
    const bytes = new TextEncoder().encode(`\ufeffgrüße 😀\n${block}`);
    const report = JSON.parse(await run({}, ...[...bytes].map((byte) => Uint8Array.of(byte))));
    expect(report).toMatchObject({ prose: "grüße 😀\n", blocks: [{ span: [10, 75] }] });
  });

  test.each([{ phase: "DREAMING" }, { chunk: "0" }, { chunk: "many" }, { finish: "never" }])(
    "refuses %j and says what may stand there",
    async (options) => {
      await expect(run(options, "x")).rejects.toMatchObject({
        code: "usage",
        message: expect.stringMatching(/must be/),
      });
    },
  );
});

describe("deputy parse --batch", () => {
  test("answers each line in order, with its id first", async () => {
    const lines = corpus
      .filter(({ options }) => options.taken.length === 0)
      .map((item, id) => ({ item, line: JSON.stringify({ id, text: item.text, ...item.options, chunk: 2 }) }));
    const printed = await run({ batch: true }, lines.map(({ line }) => line).join("\n"));
    expect(printed.startsWith('{"id":0,')).toBe(true);
    expect(answersOf(printed)).toEqual(
      lines.map(({ item }, id) => JSON.parse(JSON.stringify({ id, ...parseCase(item) }))),
    );
  });

  test("answers a bad line with an error, and goes on", async () => {
    const input = [
      "{",
      '{"id": "a"}',
      '{"id": "b", "text": 1}',
      '{"text": 5}',
      '{"id": "c", "text": "x", "phase": "NOPE"}',
      '{"id": "d", "text": "x", "chunk": 0}',
      '{"id": "e", "text": "x", "user": "yes"}',
      '["f"]',
      "",
      '{"text": "x", "phase": null}',
      '{"id": "h", "text": "ok\u2028ok"}\r',
    ];
    const answers = answersOf(await run({ batch: true }, ...input.map((line) => `${line}\n`)));
    expect(answers.map(({ id }) => id)).toEqual([null, "a", "b", null, "c", "d", "e", null, null, "h"]);
    expect(answers.slice(0, 8).map(({ error }) => error?.code)).toEqual(Array(8).fill("bad-request"));
    expect(answers.at(-2)).toMatchObject({ phase: "EXECUTING", prose: "x" });
    expect(answers.at(-1)).toMatchObject({ prose: "ok\u2028ok" });
  });

  test("answers on one line, whatever a reader takes for a line end", async () => {
    const text = "a\u2028b\u2029c\u0085d\u000be";
    const printed = await run({ batch: true }, JSON.stringify({ id: text, text }));
    expect(printed).toMatch(/^[\x20-\x7e]+\n$/);
    expect(answersOf(printed)).toMatchObject([{ id: text, prose: text }]);
  });

  test("reads a line that comes in pieces, and the last one without a line end", async () => {
    const printed = await run(
      { batch: true, phase: "PLANNING" },
      '{"id":1,"te',
      'xt":"x"}\n{"id":2,',
      '"text":"y","phase":"LEARNING"}',
    );
    expect(answersOf(printed)).toMatchObject([
      { id: 1, prose: "x", phase: "PLANNING" },
      { id: 2, prose: "y", phase: "LEARNING" },
    ]);
  });
});
