import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commandsOf } from "#/app/_ui/commands.tsx";
import { ConversationSession } from "#/app/_ui/conversation-session.ts";
import { answerOf, runOf } from "#/app/_ui/run-parts.ts";
import type { DeputyMessage, RunPart } from "#/lib/chat/parts.ts";

type Request = { method: string; path: string; body: { messages?: DeputyMessage[]; trigger?: string } };
type Answer = (request: Request) => Response | Promise<Response>;

/** What the server was asked, and what it answers: the first answer in the queue of a path, then the last one again. */
let requests: Request[] = [];
let answers: Record<string, Answer[]> = {};
const sessions: ConversationSession[] = [];

beforeEach(() => {
  requests = [];
  answers = {};
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const request = { method: init.method ?? "GET", path, body: JSON.parse(String(init.body ?? "{}")) };
    requests.push(request);
    const queue = answers[`${request.method} ${path}`] ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    if (answer === undefined) throw new TypeError("fetch failed");
    return answer(request);
  });
});
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const chat = "POST /api/chat";
const stream = "GET /api/chat/c1/stream";
const record = "GET /api/conversations/c1";
const newest = "HEAD /api/chat/c1/stream";

describe("sending", () => {
  test("sends the newest message alone and shows its run to the end", async () => {
    answers[chat] = [() => sse([...begin(), ...say("Once."), ...end("completed")])];
    const session = open();
    await session.send("How?");
    expect(requests.map(({ path }) => path)).toEqual(["/api/chat"]);
    expect(requests[0]?.body.messages).toHaveLength(1);
    expect(last(session)).toBe("Once.");
    expect(session.view()).toMatchObject({ link: "ready", notSent: null, stopping: false });
  });

  test("a refused message is taken back with the server's reason, and keeps its id when it is sent again", async () => {
    answers[chat] = [() => Response.json({ code: "busy", message: "Wait a minute." }, { status: 429 }), () => sse([])];
    answers[stream] = [() => new Response(null, { status: 204 })];
    answers[record] = [() => Response.json({ messages: [] })];
    const session = open();
    await session.send("How?");
    expect(session.view().notSent).toEqual({ text: "How?", reason: "Wait a minute." });
    expect(session.chat.messages).toEqual([]);
    await session.send("How?");
    expect(session.view().notSent).toBeNull();
    const ids = requests.flatMap(({ body }) => body.messages?.map((message) => message.id) ?? []);
    expect(new Set(ids).size).toBe(1);
  });

  test("an unreachable server is named in words", async () => {
    const session = open();
    await session.send("How?");
    expect(session.view().notSent?.reason).toContain("cannot be reached");
  });
});

describe("staying with a run", () => {
  test("a stream that breaks off is joined again until the run has ended", async () => {
    answers[chat] = [() => sse([...begin(), ...say("On")])];
    answers[stream] = [
      () => Response.json({ code: "database-away", message: "Away." }, { status: 503 }),
      () => sse([...begin(), ...say("Once."), ...end("completed")]),
    ];
    const session = open();
    const links = watch(session);
    await session.send("How?");
    expect(last(session)).toBe("Once.");
    expect(session.chat.messages).toHaveLength(2);
    expect(links).toContain("reconnecting");
    expect(session.view().link).toBe("ready");
  });

  test("a run that ended meanwhile is read from the record", async () => {
    answers[chat] = [() => sse(begin())];
    answers[stream] = [() => new Response(null, { status: 204 })];
    answers[record] = [() => Response.json({ messages: [asked, ended("failed")] })];
    const session = open();
    await session.send("How?");
    expect(runOf(session.chat.lastMessage)?.status).toBe("failed");
  });

  test("a conversation that was deleted meanwhile is gone", async () => {
    answers[chat] = [() => sse(begin())];
    answers[stream] = [() => Response.json({ code: "conversation-unknown", message: "No." }, { status: 404 })];
    const session = open();
    await session.send("How?");
    expect(session.view().link).toBe("gone");
  });

  test("an active run is joined when the conversation is opened", async () => {
    answers[stream] = [() => sse([...begin(), ...say("Once."), ...end("completed")])];
    const session = open({ messages: [asked], activeRunId: "r1" });
    await vi.waitFor(() => expect(last(session)).toBe("Once."));
  });

  test("messages that may be out of date are read again first", async () => {
    answers[record] = [() => Response.json({ messages: [asked, ended("completed")] })];
    const session = open({ stale: true });
    expect(session.view().link).toBe("loading");
    await vi.waitFor(() => expect(session.view().link).toBe("ready"));
    expect(session.chat.messages).toHaveLength(2);
    expect(requests.map(({ path }) => path)).toEqual(["/api/conversations/c1"]);
  });
});

describe("a run that was begun elsewhere", () => {
  const message: DeputyMessage = { id: "m2", role: "user", parts: [{ type: "text", text: "And?" }] };
  const newestIs = (runId: string) => {
    answers[newest] = [() => new Response(null, { status: 204, headers: { "x-run-id": runId } })];
  };
  const comeBack = () => document.dispatchEvent(new Event("visibilitychange"));
  const looks = () => requests.filter(({ method }) => method === "HEAD").length;

  test("is found when the page is seen again, and followed to its end", async () => {
    newestIs("r2");
    answers[record] = [() => Response.json({ messages: [asked, ended("completed"), message], activeRunId: "r2" })];
    answers[stream] = [() => sse([...begin("r2"), ...say("Here."), ...end("completed", "r2")])];
    const session = open({ messages: [asked, ended("completed")] });
    comeBack();
    await vi.waitFor(() => expect(last(session)).toBe("Here."));
    expect(session.chat.messages.map(({ id }) => id)).toEqual(["m1", "run_r1", "m2", "run_r2"]);
    expect(session.view()).toMatchObject({ link: "ready", begun: 0 });
  });

  test("is followed also when it answers the same message again", async () => {
    newestIs("r2");
    answers[record] = [() => Response.json({ messages: [asked, ended("failed")], activeRunId: "r2" })];
    answers[stream] = [() => sse([...begin("r2"), ...say("Now."), ...end("completed", "r2")])];
    const session = open({ messages: [asked, ended("failed")] });
    comeBack();
    await vi.waitFor(() => expect(session.chat.messages.map(({ id }) => id)).toEqual(["m1", "run_r1", "run_r2"]));
  });

  test("is looked for while the page is seen, more rarely the longer nothing happens, and nothing is read while there is none", async () => {
    vi.useFakeTimers();
    newestIs("r1");
    open({ messages: [asked, ended("completed")] });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(looks()).toBe(1);
    Object.assign(document, { visibilityState: "hidden" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks()).toBe(1);
    Object.assign(document, { visibilityState: "visible" });
    comeBack();
    await vi.advanceTimersByTimeAsync(0);
    expect(looks()).toBe(2);
    await vi.advanceTimersByTimeAsync(300_000);
    const before = looks();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks() - before).toBe(6);
    expect(requests).toHaveLength(looks());
  });

  test("is not looked for while a run is followed, nor before anything was said", async () => {
    answers[stream] = [() => new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } })];
    open({ messages: [asked], activeRunId: "r1" });
    open();
    comeBack();
    await vi.waitFor(() => expect(requests.map(({ method }) => method)).toEqual(["GET"]));
  });

  test("does not take away a message that is sent while the record is read", async () => {
    const late = Promise.withResolvers<Response>();
    newestIs("r2");
    answers[record] = [() => late.promise];
    const taken = Promise.withResolvers<Response>();
    answers[chat] = [() => taken.promise];
    const session = open({ messages: [asked, ended("completed")] });
    comeBack();
    await vi.waitFor(() => expect(requests.at(-1)?.path).toBe("/api/conversations/c1"));
    const sending = session.send("How?");
    await vi.waitFor(() => expect(requests.at(-1)?.path).toBe("/api/chat"));
    const told = Response.json({ messages: [asked, ended("completed"), message], activeRunId: null });
    late.resolve(told);
    await vi.waitFor(() => expect(told.bodyUsed).toBe(true));
    taken.resolve(sse([...begin("r3"), ...say("Sent."), ...end("completed", "r3")]));
    await sending;
    expect(last(session)).toBe("Sent.");
    expect(session.chat.messages.at(-2)?.parts).toEqual([{ type: "text", text: "How?" }]);
  });

  test("that cannot be read now is tried again; once the record was read it is read no second time for it", async () => {
    newestIs("r2");
    answers[record] = [
      () => Response.json({ code: "database-away", message: "Away." }, { status: 503 }),
      () => Response.json({ messages: [asked, ended("completed")], activeRunId: null }),
    ];
    const session = open({ messages: [asked, ended("completed")] });
    comeBack();
    const reads = () => requests.filter(({ path }) => path.startsWith("/api/conversations")).length;
    await vi.waitFor(() => expect([reads(), session.view().link]).toEqual([2, "ready"]));
    comeBack();
    await vi.waitFor(() => expect(looks()).toBe(2));
    expect(requests.at(-1)?.method).toBe("HEAD");
  });
});

describe("stopping and trying again", () => {
  test("a stop before the server has named the run is done as soon as it has", async () => {
    answers[chat] = [() => sse([...begin(), ...end("cancelled")])];
    answers["POST /api/runs/r1/cancel"] = [() => Response.json({ status: "cancelled" })];
    const session = open();
    const sending = session.send("How?");
    await session.stop();
    expect(requests.filter(({ path }) => path.endsWith("/cancel"))).toHaveLength(0);
    await sending;
    expect(requests.filter(({ path }) => path === "/api/runs/r1/cancel")).toHaveLength(1);
    expect(session.view().stopping).toBe(false);
  });

  test("a stop that does not reach the server says so", async () => {
    const session = open({ messages: [asked, active] });
    await session.stop();
    expect(session.view()).toMatchObject({ stopping: false, problem: expect.stringContaining("Not stopped.") });
  });

  test("trying again sends the same message and keeps the attempt that failed", async () => {
    answers[chat] = [() => sse([...begin("r2"), ...say("Now."), ...end("completed", "r2")])];
    const session = open({ messages: [asked, ended("failed")] });
    await session.retry();
    expect(requests[0]?.body).toMatchObject({ trigger: "regenerate-message", messages: [{ id: "m1" }] });
    expect(session.chat.messages.map(({ id }) => id)).toEqual(["m1", "run_r1", "run_r2"]);
  });
});

describe("commands", () => {
  const retry = "POST /api/dead-letters/task-1/retry";

  test("a dead letter that a new run tries again: the record is read, and that run followed to its end", async () => {
    const message: DeputyMessage = { id: "retry-task-1", role: "user", parts: [{ type: "text", text: "Again" }] };
    answers[retry] = [() => Response.json({ how: "started", runId: "r2" })];
    answers[record] = [() => Response.json({ messages: [asked, ended("completed"), message] })];
    answers[stream] = [() => sse([...begin("r2"), ...say("Now."), ...end("completed", "r2")])];
    const session = open({ messages: [asked, ended("completed")] });
    expect(await commandsOf(session).retryTask("task-1")).toBe("started");
    await vi.waitFor(() => expect(last(session)).toBe("Now."));
    expect(session.chat.messages.map(({ id }) => id)).toEqual(["m1", "run_r1", "retry-task-1", "run_r2"]);
  });

  test("a dead letter that was reopened goes on in the stream that is open: nothing is read", async () => {
    answers[retry] = [() => Response.json({ how: "reopened", runId: "r1" })];
    const onChange = vi.fn();
    const session = open({ messages: [asked, active], onChange });
    expect(await commandsOf(session).retryTask("task-1")).toBe("reopened");
    expect(onChange.mock.calls).toEqual([["answered"]]);
    expect(requests.map(({ path }) => path)).toEqual(["/api/dead-letters/task-1/retry"]);
  });

  test("a dead letter that was answered before is late, which is no trouble", async () => {
    answers[retry] = [() => Response.json({ code: "dead-letter-unknown", message: "No." }, { status: 404 })];
    const onChange = vi.fn();
    const session = open({ messages: [asked, ended("completed")], onChange });
    expect(await commandsOf(session).retryTask("task-1")).toBe("late");
    expect(session.view().problem).toBeNull();
    expect(onChange).not.toHaveBeenCalled();
  });

  test("what the server refuses is said in its words, and taken back by the next command", async () => {
    answers["POST /api/runs/r1/pause"] = [
      () => Response.json({ code: "run-ended", message: "It has ended." }, { status: 409 }),
      () => Response.json({ status: "paused" }),
    ];
    const session = open({ messages: [asked, active] });
    const { pause } = commandsOf(session);
    expect(await pause("r1")).toBe(false);
    expect(session.view().problem).toBe("Not paused. It has ended.");
    expect(await pause("r1")).toBe(true);
    expect(session.view().problem).toBeNull();
  });
});

const asked: DeputyMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "How?" }] };
const active: DeputyMessage = { id: "run_r1", role: "assistant", parts: [{ type: "data-run", data: run("active") }] };

function open(change: Partial<ConstructorParameters<typeof ConversationSession>[0]> = {}): ConversationSession {
  const start = { id: "c1", messages: [], activeRunId: null, stale: false, onChange: () => {}, ...change };
  const session = new ConversationSession(start);
  sessions.push(session);
  session.open();
  return session;
}

function watch(session: ConversationSession): string[] {
  const links: string[] = [];
  session.subscribe(() => links.push(session.view().link));
  return links;
}

function last(session: ConversationSession): string {
  const message = session.chat.lastMessage;
  return message === undefined ? "" : answerOf(message);
}

function ended(status: RunPart["status"]): DeputyMessage {
  return { id: "run_r1", role: "assistant", parts: [{ type: "data-run", data: run(status) }] };
}

function run(status: RunPart["status"], runId = "r1"): RunPart {
  return { runId, status, offline: true, startedAt: "2026-11-21T12:00:00.000Z" };
}

function begin(runId = "r1"): object[] {
  return [
    { type: "start", messageId: `run_${runId}`, messageMetadata: { runId, startedAt: "2026-11-21T12:00:00.000Z" } },
    { type: "data-run", id: "run", data: run("active", runId) },
  ];
}

function say(delta: string): object[] {
  return [
    { type: "text-start", id: "1" },
    { type: "text-delta", id: "1", delta },
    { type: "text-end", id: "1" },
  ];
}

function end(status: RunPart["status"], runId = "r1"): object[] {
  return [{ type: "data-run", id: "run", data: run(status, runId) }, { type: "finish" }];
}

function sse(chunks: object[]): Response {
  const body = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
  return new Response(body, { headers: { "content-type": "text/event-stream", "x-run-id": "r1" } });
}
