import { describe, expect, test } from "vitest";
import { knowledge } from "#/agents/knowledge/agent.ts";
import { namesIn } from "#/agents/knowledge/names.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import { FakeBoard } from "#/test/agents/knowledge/fake-board.ts";
import { contextWith, documentOf, resultIn, searchOver, taskOf } from "#/test/agents/knowledge/try-knowledge.ts";

const question = "Which number opens the vault Orion?";
const builders = documentOf("builders", "The vault Orion was built by Kestrel. It stands in a cellar.");
const kestrel = documentOf("kestrel", "Nothing of note. Kestrel keeps its codes with the notary Aldous.");
const notary = documentOf(
  "notary",
  "Aldous noted 4711 for the vault. Aldous is on holiday. Berta noted 9000 for the garage.",
);

/** A task that may read one document, at a board that others may stand at, too. */
function work(
  board: FakeBoard,
  ref: string,
  document: Passage,
  task = question,
  documents = [builders, kestrel, notary],
) {
  const input = { board: true, documents: [document.origin] };
  return board.during(ref, async (own) => {
    const { context } = contextWith([], { board: own, search: searchOver(documents) });
    return resultIn(await knowledge.execute(taskOf(task, { ref, input }), context));
  });
}

const told = ({ text, evidence }: { text: string; evidence: readonly { quote: string }[] }) =>
  `${text} ${evidence.map(({ quote }) => quote).join(" ")}`;

describe("facts that are split over documents", () => {
  test.each([builders, kestrel, notary])("no agent finds the number alone: $title", async (document) => {
    expect(told(await work(new FakeBoard(), "t1", document))).not.toContain("4711");
  });

  test("are put together over the board, whoever begins", async () => {
    for (const order of [
      [builders, kestrel, notary],
      [notary, kestrel, builders],
    ]) {
      const board = new FakeBoard();
      const results = await Promise.all(order.map((document, at) => work(board, `t${at + 1}`, document)));
      const facts = board.notes.filter(({ kind }) => kind === "fact").map(({ text }) => text);
      expect(facts.slice(0, 3)).toEqual([
        "The vault Orion was built by Kestrel.",
        "Kestrel keeps its codes with the notary Aldous.",
        "Aldous noted 4711 for the vault.",
      ]);
      expect(board.notes.map(({ text }) => text).join(" ")).not.toMatch(/9000|cellar|of note|holiday/);
      for (const result of results) expect(result.text).toContain("Aldous noted 4711 for the vault.");
    }
  });

  test("are told with who found them: the own ones with their quote, the others by the task's name", async () => {
    const board = new FakeBoard();
    const [first, , last] = await Promise.all([
      work(board, "t1", builders),
      work(board, "t2", kestrel),
      work(board, "t3", notary),
    ]);
    expect(first?.text.split("\n")).toEqual([
      "- The vault Orion was built by Kestrel. ([builders](/documents/builders#passage-0))",
      "- t2 found: Kestrel keeps its codes with the notary Aldous. ([source](/documents/kestrel#passage-0))",
      "- t3 found: Aldous noted 4711 for the vault. ([source](/documents/notary#passage-0))",
    ]);
    expect(last?.evidence.map(({ quote }) => quote)).toContain("Aldous noted 4711 for the vault.");
    expect(first?.evidence.map(({ quote }) => quote)).toEqual(["The vault Orion was built by Kestrel."]);
  });

  test("are not followed once they were taken back", async () => {
    const board = new FakeBoard();
    await board.during("t1", async (own) => {
      await own.retract(await own.post({ kind: "fact", text: "The vault Orion was built by Kestrel." }));
    });
    expect(told(await work(board, "t2", kestrel))).not.toContain("Aldous");
  });
});

describe("an agent at the board", () => {
  test("asks the others when it finds nothing, and takes the question back when it finds something", async () => {
    const board = new FakeBoard();
    await Promise.all([work(board, "t1", kestrel), work(board, "t2", builders)]);
    expect(board.notes.filter(({ author, kind }) => author === "t1" && kind === "question")).toMatchObject([
      { text: "Which number opens the vault Orion?", retracted: true },
    ]);
  });

  test("tells a person what it posted last, not that it found nothing", async () => {
    const board = new FakeBoard();
    const input = { board: true, documents: [kestrel.origin] };
    const search = searchOver([builders, kestrel]);
    const [said] = await Promise.all([
      board.during("t1", async (own) => {
        const { context, said } = contextWith([], { board: own, search });
        await knowledge.execute(taskOf(question, { input }), context);
        return said;
      }),
      work(board, "t2", builders),
    ]);
    expect(said).toEqual(["Found nothing yet; waiting for what others post", "Posted 1 fact on the board"]);
  });

  test("leaves its question standing when nobody knows, and says so", async () => {
    const board = new FakeBoard();
    const result = await work(board, "t1", notary, "Who painted the tower Vega?");
    expect(board.notes).toMatchObject([{ kind: "question", retracted: false }]);
    expect(result).toMatchObject({
      evidence: [],
      text: expect.stringMatching(/^Nothing in the documents of this task answers/),
    });
  });

  test("posts the same once, though an earlier attempt was cut off behind its post", async () => {
    const board = new FakeBoard();
    await board.during("t1", (own) => own.post({ kind: "fact", text: "The vault Orion was built by Kestrel." }));
    const result = await work(board, "t1", builders);
    expect(board.notes).toHaveLength(1);
    expect(result.evidence).toHaveLength(1);
  });

  test("does not follow what many passages hold, or what is a word elsewhere", async () => {
    const asked = "Which number opens the vault of Deputy Tasks?";
    const passages = Array.from({ length: 8 }, (_, at) =>
      documentOf(`page${at}`, `Deputy calls streamText${at}. Tasks go to Zed${at}. All tasks end at ${at}.`),
    );
    const board = new FakeBoard();
    await board.during("t1", async (own) => {
      const { context } = contextWith([], { board: own, search: searchOver(passages) });
      await knowledge.execute(taskOf(asked, { input: { board: true } }), context);
    });
    expect(board.notes).toMatchObject([{ kind: "question", text: asked }]);
  });

  test("posts what answers its question, and no more of the same words", async () => {
    const answers = documentOf(
      "lease",
      "A lease is a right to work on a task. A lease of a task ends. Tasks wait for it.",
    );
    const board = new FakeBoard();
    await work(board, "t1", answers, "What is a lease of a task?", [answers]);
    expect(board.notes.map(({ text }) => text)).toEqual([
      "A lease is a right to work on a task. A lease of a task ends.",
    ]);
  });

  test("posts at most five facts a round and twelve in all", async () => {
    const much = documentOf("much", Array.from({ length: 40 }, (_, at) => `The vault Orion has door ${at}.`).join(" "));
    const board = new FakeBoard();
    const readWith: number[] = [];
    await board.during("t1", async (own) => {
      const read = async () => {
        readWith.push(board.notes.length);
        return own.read();
      };
      const { context } = contextWith([], { board: { ...own, read }, search: searchOver([much]) });
      await knowledge.execute(taskOf(question, { input: { board: true } }), context);
    });
    expect(board.notes).toHaveLength(12);
    expect([...new Set(readWith)]).toEqual([0, 5, 10, 12]);
  });

  test("leaves the same words standing once, though two find them at the same moment", async () => {
    const board = new FakeBoard();
    const results = await Promise.all(["t1", "t2"].map((ref) => work(board, ref, builders)));
    const standing = board.notes.filter(({ kind, retracted }) => kind === "fact" && !retracted);
    expect(standing.map(({ text }) => text)).toEqual(["The vault Orion was built by Kestrel."]);
    for (const { text } of results) expect(text).toContain("The vault Orion was built by Kestrel.");
  });

  test("stops when its signal aborts while it waits", async () => {
    const cancelled = new AbortController();
    const board = new FakeBoard();
    const attempt = board.during("t1", async (own) => {
      const never = () => new Promise<boolean>(() => cancelled.abort(new Error("cancelled")));
      const waiting = { ...own, changed: never };
      const { context } = contextWith([], { board: waiting, signal: cancelled.signal });
      return knowledge.execute(taskOf(question, { input: { board: true } }), context);
    });
    await expect(attempt).rejects.toThrow("cancelled");
  });

  test("makes an address in another's note no link unless it is a plain one", async () => {
    const board = new FakeBoard();
    const hostile = { kind: "fact", text: "The vault Orion is old.", source: "javascript:alert(1)" } as const;
    await board.during("t9", (own) => own.post(hostile));
    expect((await work(board, "t1", kestrel)).text).toContain("- t9 found: The vault Orion is old.");
    expect((await work(board, "t1", kestrel)).text).not.toContain("javascript");
  });
});

test.each([
  ["Kestrel keeps its codes with the notary Aldous", ["Kestrel", "Aldous"]],
  ['The "night shift" calls streamText with 4711 of 12 keys', ["night shift", "streamText", "4711"]],
  ["Which pages were read, and how?", []],
])("the names in: %s", (text, names) => {
  expect(namesIn(text)).toEqual(names);
});
