import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ingestDocuments } from "#/lib/documents/ingest.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { type OpenAIServer, type ScriptedReply, startOpenAIServer } from "#/test/support/openai-server.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** Whole runs on a real worker process, with a model that says exactly what a test needs. */
let model: OpenAIServer;
let world: World;

beforeAll(async () => {
  model = await startOpenAIServer([]);
  world = await openWorld({
    DEPUTY_BREAKER_FAILURES: "1000",
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: "test",
    DEPUTY_MODEL_STANDARD: "scripted",
    DEPUTY_MODEL_STALL_SECONDS: "1",
    DEPUTY_MODEL_FIRST_TOKEN_SECONDS: "2",
  });
  await world.startWorker();
});
beforeEach(() => model.use([]));
afterAll(async () => {
  await world.close();
  await model.close();
});

const plan = "ACTION: PLAN\nSTEPS:\n1. Look it up\n---END---\n";
const delegate = (task = "Look it up", more = "") =>
  `ACTION: DELEGATE\nAGENT_TYPE: knowledge\n${more}TASK: ${task}\n---END---\n`;
const pass = "ACTION: VERIFY\nVERDICT: pass\n---END---\n";
const learn = "ACTION: LEARN\nLESSON: Look first.\n---END---\n";

async function run(replies: ScriptedReply[], text = "A question"): Promise<RunEvent[]> {
  model.use(replies);
  return world.ended(await world.ask(text));
}

const phasesOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === "run.phase-changed" ? [event.data.to] : []));

const failureOf = (events: readonly RunEvent[]) => {
  const last = events.at(-1);
  return last?.type === "run.failed" ? last.data.error : undefined;
};

describe("a run", () => {
  it("answers small talk with one call, in PLANNING", async () => {
    const events = await run([{ text: "Hello to you.", chunk: 3 }]);
    expect(events.at(-1)?.type).toBe("run.completed");
    expect(answerOf(foldRun(events))).toBe("Hello to you.");
    expect(phasesOf(events)).toEqual([]);
  });

  it("passes through the four phases, delegates, verifies, answers and learns", async () => {
    const events = await run([
      { text: `${plan}${delegate()}`, chunk: 7 },
      { text: `${pass}The answer.\n${learn}`, chunk: 5 },
    ]);
    expect(phasesOf(events)).toEqual(["EXECUTING", "VERIFYING", "LEARNING"]);
    expect(answerOf(foldRun(events)).trim()).toBe("The answer.");
    const order = [
      "plan.proposed",
      "task.created",
      "task.dispatched",
      "task.completed",
      "lesson.learned",
      "run.completed",
    ];
    expect(typesOf(events).filter((type) => order.includes(type))).toEqual(order);
  });

  it("tells the next turn what the tasks brought, and shows the model only what its phase allows", async () => {
    const known = model.requests.length;
    await run([{ text: `${plan}${delegate("Find the needle")}` }, { text: `${pass}Done.` }]);
    const [first, second] = model.requests.slice(known);
    expect(first?.said("system")).toContain("PLANNING");
    expect(second?.said("system")).toContain("VERIFYING");
    expect(second?.said("user")).toContain("Find the needle");
  });

  it("shows prose behind a DELEGATE as a note and never as the answer", async () => {
    const events = await run([
      { text: `${plan}${delegate()}RESULT: I made this up.\n` },
      { text: `${pass}The real one.` },
    ]);
    expect(answerOf(foldRun(events)).trim()).toBe("The real one.");
    const note = events.find((event) => event.type === "text.appended" && event.data.text.includes("made this up"));
    expect(note?.data).toMatchObject({ note: true });
    expect(model.requests.at(-1)?.said("user")).toContain("you wrote a result yourself");
  });

  it("refuses a DELEGATE in PLANNING, dispatches nothing, tells the model, and goes on", async () => {
    const known = model.requests.length;
    const events = await run([{ text: delegate() }, { text: "Then I just answer." }]);
    expect(events.find((event) => event.type === "action.refused")?.data).toMatchObject({
      code: "not-allowed-in-PLANNING",
    });
    expect(typesOf(events)).not.toContain("task.created");
    expect(model.requests[known + 1]?.said("user")).toContain("not-allowed-in-PLANNING");
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("takes prose with a fenced example of a block for the answer, and runs nothing of it", async () => {
    const text = `This is how you delegate:\n\n\`\`\`\n${delegate()}\`\`\`\n`;
    const events = await run([{ text }]);
    expect(answerOf(foldRun(events))).toContain("This is how you delegate");
    expect(typesOf(events)).toContain("action.ignored");
    expect(typesOf(events)).not.toContain("task.created");
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("tells the model once of a line that is nearly an action, and takes it for prose after that", async () => {
    const known = model.requests.length;
    const events = await run([
      { text: "ACTION=DELEGATE" },
      { text: "The line ACTION=DELEGATE:\nACTION=DELEGATE\nis none." },
    ]);
    expect(model.requests.length - known).toBe(2);
    expect(model.requests[known + 1]?.said("user")).toContain("ACTION: DELEGATE");
    expect(answerOf(foldRun(events))).toContain("is none.");
    expect(answerOf(foldRun(events))).not.toMatch(/^ACTION=DELEGATE/);
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("asks once for an answer that is missing behind a passing VERIFY", async () => {
    const events = await run([{ text: `${plan}${delegate()}` }, { text: pass }, { text: "Here it is." }]);
    expect(answerOf(foldRun(events)).trim()).toBe("Here it is.");
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("goes back to EXECUTING when the verdict is fail", async () => {
    const again = `ACTION: VERIFY\nVERDICT: fail\nNOTES: thin\n---END---\n${delegate("Look deeper")}`;
    const events = await run([{ text: `${plan}${delegate()}` }, { text: again }, { text: `${pass}Now.` }]);
    expect(phasesOf(events)).toEqual(["EXECUTING", "VERIFYING", "EXECUTING", "VERIFYING", "LEARNING"]);
  });

  it("runs what the user delegated himself without asking the model first", async () => {
    model.use([{ text: "Nothing was found." }]);
    const events = await world.ended(await world.ask("/delegate knowledge Is there a needle?"));
    const types = typesOf(events);
    expect(types.indexOf("task.completed")).toBeLessThan(types.indexOf("turn.started"));
    expect(events.find((event) => event.type === "task.created")?.data).toMatchObject({ author: "user" });
    expect(phasesOf(events)).toEqual([]);
  });

  it("refuses a TASK that repeats ten words of a retrieved text, unless the user wrote them, too", async () => {
    const secret = "The needle lies under the third blue stone behind the old mill wheel";
    const content = `# Needle\n\n${secret}.\n`;
    await ingestDocuments(world.context.store.db, [{ origin: "needle.md", mediaType: "text/markdown", content }]);
    const replies = [
      { text: `${plan}${delegate("Where does the needle lie?")}` },
      { text: `ACTION: VERIFY\nVERDICT: fail\n---END---\n${delegate(`Dig: ${secret}`)}` },
      { text: delegate("Dig there.") },
      { text: `${pass}Dug.` },
    ];
    const codes = (events: readonly RunEvent[]) =>
      events.flatMap((event) => (event.type === "action.refused" ? [event.data.code] : []));
    const first = await run(replies, "Find the needle");
    expect(codes(first)).toEqual(["tainted"]);
    expect(codes(await run(replies, `Is it true? ${secret}.`))).not.toContain("tainted");
  });
});

describe("a model that fails", () => {
  it("is tried three times, and the run fails with its words", async () => {
    const known = model.requests.length;
    const events = await run([
      { status: 500, body: { error: { message: "out of order" } } },
      { status: 500 },
      { status: 500 },
    ]);
    expect(model.requests.length - known).toBe(3);
    expect(failureOf(events)?.code).toBe("model-unavailable");
  });

  it("is not tried again when it refuses the key", async () => {
    const known = model.requests.length;
    const events = await run([{ status: 401, body: { error: { message: "no such key" } } }]);
    expect(model.requests.length - known).toBe(1);
    expect(failureOf(events)).toMatchObject({ code: "model-refused", message: expect.stringContaining("no such key") });
  });

  it("ends the run when it stalls each time", async () => {
    const stall = { text: "I will now", chunk: 2, stallAfter: 2 };
    expect(failureOf(await run([stall, stall, stall]))?.code).toBe("model-stalled");
  });

  it("ends the run when it answers nothing three times", async () => {
    expect(failureOf(await run([{ text: "" }, { text: "" }, { text: "" }]))?.code).toBe("model-silent");
  });

  it("ends the run after three turns of nothing but refusals", async () => {
    const events = await run([{ text: delegate() }, { text: delegate() }, { text: delegate() }]);
    expect(failureOf(events)?.code).toBe("only-refusals");
    expect(typesOf(events).filter((type) => type === "action.refused")).toHaveLength(3);
  });

  it("keeps what it wrote before it was cut off, never runs a half block, and goes on from there", async () => {
    const text = `${plan}${delegate("First")}ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: Never`;
    const events = await run([
      { text, chunk: 1_000, cutAfter: 1 },
      { text: delegate("Second") },
      { text: `${pass}Done.` },
    ]);
    const tasks = events.flatMap((event) => (event.type === "task.created" ? [event.data.task] : []));
    expect(tasks).toEqual(["First", "Second"]);
    expect(events.find((event) => event.type === "action.refused")?.data).toMatchObject({ code: "truncated" });
    expect(events.find((event) => event.type === "turn.ended")?.data).toMatchObject({ finish: "interrupted" });
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  it("leaves the user's message in place for another try", async () => {
    const conversationId = crypto.randomUUID();
    const message = { conversationId, messageId: crypto.randomUUID(), text: "Try me", again: false };
    model.use([{ status: 401 }]);
    const { runId } = await startRun(world.context, message);
    await world.ended(runId);
    model.use([{ text: "Now it works." }]);
    const second = await startRun(world.context, { ...message, again: true });
    expect(answerOf(foldRun(await world.ended(second.runId)))).toBe("Now it works.");
  });
});

describe("killing the worker", () => {
  it("in the middle of a turn loses nothing: another goes on, keeps what was dispatched, and completes the run", async () => {
    const own = await openWorld({
      // Short, for its end is waited for; but the second worker must not lose its own on a busy machine.
      DEPUTY_LEASE_SECONDS: "4",
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: "test",
      DEPUTY_MODEL_STANDARD: "scripted",
    });
    try {
      const first = await own.startWorker();
      model.use([
        {
          text: `${plan}${delegate("First")}And now I think for a very long time about what else to do.`,
          chunk: 20,
          delayMs: 150,
        },
        { text: delegate("Second") },
        { text: `${pass}The answer.` },
      ]);
      const runId = await own.ask("A question");
      await until(async () => typesOf(await own.events(runId)).includes("task.created"), {
        what: "the first delegation",
      });
      await first.kill();
      await own.startWorker();
      const events = await own.ended(runId, 30_000);
      expect(events.at(-1)?.type).toBe("run.completed");
      const tasks = events.flatMap((event) => (event.type === "task.created" ? [event.data.task] : []));
      expect(tasks).toEqual(["First", "Second"]);
      expect(typesOf(events).filter((type) => type === "task.completed")).toHaveLength(2);
      expect(answerOf(foldRun(events)).trim()).toBe("The answer.");
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    } finally {
      await own.close();
    }
  });

  it("in the middle of the answer gives the same answer in the end, nothing missing and nothing twice", async () => {
    const own = await openWorld({ DEPUTY_LEASE_SECONDS: "4" });
    try {
      await own.startWorker();
      const walk = "who walks from the harbour up the stairs ".repeat(12).trim();
      const content = Array.from(
        { length: 6 },
        (_, n) => `# Lanterns ${n}\n\nLantern ${n} is lit by the keeper at dusk, ${walk}.`,
      );
      const documents = content.map((text, n) => ({ origin: `${n}.md`, mediaType: "text/markdown", content: text }));
      await ingestDocuments(own.context.store.db, documents);
      const question = "Who lights the lanterns at dusk?";
      const undisturbed = answerOf(foldRun(await own.ended(await own.ask(question))));
      expect(undisturbed).toContain("keeper at dusk");

      const [first] = own.workers;
      const runId = await own.ask(question);
      await until(async () => answerOf(foldRun(await own.events(runId))).length > 20, { what: "the answer to begin" });
      await first?.kill();
      await own.startWorker();
      const events = await own.ended(runId, 30_000);
      expect(events.some((event) => event.type === "turn.ended" && event.data.finish === "interrupted")).toBe(true);
      expect(answerOf(foldRun(events)).trim()).toBe(undisturbed.trim());
    } finally {
      await own.close();
    }
  });
});
