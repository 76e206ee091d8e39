import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GET as joinChat } from "#/app/api/chat/[id]/stream/route.ts";
import { POST as postChat } from "#/app/api/chat/route.ts";
import { DELETE as deleteConversation, GET as getConversation } from "#/app/api/conversations/[id]/route.ts";
import { POST as postPreview } from "#/app/api/preview/route.ts";
import { POST as postCancel } from "#/app/api/runs/[id]/cancel/route.ts";
import { GET as getEvents } from "#/app/api/runs/[id]/events/route.ts";
import { GET as getRun } from "#/app/api/runs/[id]/route.ts";
import type { Context } from "#/lib/run/context.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

/** The route handlers against a real database and Redis, without a worker and without Next. */
let world: World;

beforeAll(async () => {
  world = await openWorld({ DEPUTY_MAX_TASKS: "2" });
  await registerTestAgents(world.context);
  (globalThis as { deputyContext?: Context }).deputyContext = world.context;
});
afterAll(() => world.close());

const base = "http://127.0.0.1:3000";
const at = (id: string) => ({ params: Promise.resolve({ id }) });
const get = (path = "", init: RequestInit = {}) => new Request(`${base}${path}`, init);

function post(body: unknown): Request {
  const headers = { "content-type": "application/json", host: "127.0.0.1:3000" };
  return new Request(base, { method: "POST", headers, body: JSON.stringify(body) });
}

function chat(text: string, { id = randomUUID() as string, messageId = randomUUID() as string } = {}) {
  return { id, messages: [{ id: messageId, role: "user", parts: [{ type: "text", text }] }] };
}

async function codeOf(response: Response): Promise<string> {
  expect(response.status).toBeLessThan(500);
  return ((await response.json()) as { code: string }).code;
}

async function start(body: unknown): Promise<string> {
  const response = await postChat(post(body));
  await response.body?.cancel();
  return response.headers.get("x-run-id") ?? "";
}

describe("ids", () => {
  it.each(["a\u0000b", "\u0000", "line\nbreak", "half \ud83d", "", "x".repeat(201)])(
    "of a conversation or message that cannot be stored are refused: %j",
    async (id) => {
      expect(await codeOf(await postChat(post(chat("hello", { id }))))).toBe("bad-request");
      expect(await codeOf(await postChat(post(chat("hello", { messageId: id }))))).toBe("bad-request");
    },
  );

  it.each(["a\u0000b", "half \ud83d", "x".repeat(5_000)])(
    "of a conversation that nobody can have are unknown: %j",
    async (id) => {
      expect(await codeOf(await getConversation(get(), at(id)))).toBe("conversation-unknown");
      expect(await codeOf(await joinChat(get(), at(id)))).toBe("conversation-unknown");
      expect(await codeOf(await deleteConversation(get(), at(id)))).toBe("conversation-unknown");
    },
  );

  it.each([`${"x".repeat(200)}`, "Ünïcödé 😀 with blanks", "..", "a/b?c#d", "' or 1=1"])(
    "of a conversation may be whatever a client makes up: %j",
    async (id) => {
      const runId = await start(chat("hello", { id }));
      expect(runId).not.toBe("");
      const shown = (await (await getConversation(get(), at(id))).json()) as { id: string };
      expect(shown.id).toBe(id);
    },
  );

  it("of a run may be written in capitals", async () => {
    const runId = await start(chat("hello"));
    const response = await getRun(get(), at(runId.toUpperCase()));
    expect(((await response.json()) as { id: string }).id).toBe(runId);
    const cancelled = await postCancel(post({}), at(runId.toUpperCase()));
    expect(await cancelled.json()).toEqual({ status: "cancelled" });
  });
});

describe("messages", () => {
  it("of nothing that can be stored are empty", async () => {
    expect(await codeOf(await postChat(post(chat("\u0000 \u0000"))))).toBe("message-empty");
  });

  it("preview the budget that the run will meet", async () => {
    const text = "/parallel\nknowledge: one\nknowledge: two\nknowledge: three";
    const report = (await (await postPreview(post({ text }))).json()) as { blocks: { code?: string }[] };
    expect(report.blocks.map(({ code }) => code)).toEqual([undefined, undefined, "budget"]);
  });
});

describe("cursors", () => {
  const sse = { accept: "text/event-stream" };

  it.each(["-1", "1.5", "1e3", "two", " 1", "", "4294967296", "99999999999999999999"])(
    "that are no number of an event are refused, as JSON and as a stream: %j",
    async (cursor) => {
      const runId = await start(chat("hello"));
      const asked = [
        get(`/x?after=${encodeURIComponent(cursor)}`),
        get("/x", { headers: { ...sse, "last-event-id": encodeURIComponent(cursor) } }),
      ];
      for (const request of asked) expect(await codeOf(await getEvents(request, at(runId)))).toBe("bad-cursor");
    },
  );

  it("beyond the end of the run's log are refused, and the end itself is not", async () => {
    const runId = await start(chat("hello"));
    await postCancel(post({}), at(runId));
    const last = (await world.events(runId)).length;
    for (const headers of [sse, {}] as Record<string, string>[]) {
      expect(await codeOf(await getEvents(get(`/x?after=${last + 1}`, { headers }), at(runId)))).toBe("bad-cursor");
    }
    const atEnd = await getEvents(get(`/x?after=${last}`), at(runId));
    expect([atEnd.status, await atEnd.json()]).toEqual([200, { events: [], lastSeq: last, ended: true }]);
  });

  it("at the end of a run that has ended tell an EventSource not to come again", async () => {
    const runId = await start(chat("hello"));
    const { length: before } = await world.events(runId);
    const early = await getEvents(get(`/x?after=${before}`, { headers: sse }), at(runId));
    await postCancel(post({}), at(runId));
    const { length: last } = await world.events(runId);
    expect([early.status, (await early.text()).includes(`id: ${last}`)]).toEqual([200, true]);
    expect((await getEvents(get(`/x?after=${last}`, { headers: sse }), at(runId))).status).toBe(204);
  });

  it("of a run that nobody knows are no cursors", async () => {
    for (const headers of [sse, {}] as Record<string, string>[]) {
      expect(await codeOf(await getEvents(get("/x?after=1", { headers }), at(randomUUID())))).toBe("run-unknown");
    }
  });
});

describe("streams", () => {
  it("end when the client goes away, in the middle of a run, and so does their source", async () => {
    const response = await postChat(post(chat("hello")));
    const reader = response.body?.getReader();
    await reader?.read();
    const rest = reader?.read();
    await reader?.cancel();
    expect(await rest).toMatchObject({ done: true });
  });

  it("of events show each event once to a client that joins again where it was cut off", async () => {
    const body = chat("/parallel\nknowledge: one\nknowledge: two");
    const runId = await start(body);
    const seen: number[] = [];
    const first = await getEvents(get(`/x?after=0`, { headers: { accept: "text/event-stream" } }), at(runId));
    await readSome(first, (seq) => seen.push(seq) < 3);
    await postCancel(post({}), at(runId));
    const headers = { accept: "text/event-stream", "last-event-id": String(seen.at(-1)) };
    const second = await getEvents(get(`/x?after=0`, { headers }), at(runId));
    await readSome(second, (seq) => seen.push(seq) > 0);
    const last = (await world.events(runId)).length;
    expect(seen).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it("of a deleted conversation end, and its active run is gone", async () => {
    const body = chat("hello");
    const response = await postChat(post(body));
    const text = response.text();
    expect((await deleteConversation(get(), at(body.id))).status).toBe(204);
    await until(async () => (await getRun(get(), at(response.headers.get("x-run-id") ?? ""))).status === 404, {
      what: "the run to be gone",
    });
    expect(await text).toContain("[DONE]");
  });
});

/** Reads events until `goOn` says no or the stream ends, one event at a time. */
async function readSome(response: Response, goOn: (seq: number) => boolean): Promise<void> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) return;
    for (const [, seq] of decoder.decode(value).matchAll(/^id: (\d+)$/gm)) {
      if (!goOn(Number(seq))) return reader?.cancel();
    }
  }
}
