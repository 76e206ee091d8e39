import { randomUUID } from "node:crypto";
import { get } from "node:http";
import { describe, expect, inject, it } from "vitest";
import { childrenOf } from "#/test/support/product.ts";
import { until } from "#/test/support/until.ts";

/** The HTTP interface of the running product, good input and bad. */
const baseUrl = inject("baseUrl");

const message = (text: string, id = randomUUID()) => ({ id, role: "user", parts: [{ type: "text", text }] });
const chat = (text: string, conversationId = randomUUID()) => ({ id: conversationId, messages: [message(text)] });

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function endedRun(text: string): Promise<{ runId: string; conversationId: string }> {
  const body = chat(text);
  const response = await post("/api/chat", body);
  await response.text();
  return { runId: response.headers.get("x-run-id") ?? "", conversationId: body.id };
}

const unknown = "0197a1b2-0000-7000-8000-00000000ffff";

describe("bad input", () => {
  it.each([
    ["an empty message", () => post("/api/chat", chat("")), 400, "message-empty"],
    ["a message of blanks", () => post("/api/chat", chat(" \n\t ")), 400, "message-empty"],
    ["a message of 200 KB", () => post("/api/chat", chat("x".repeat(200_000))), 413, "message-too-large"],
    ["a body of 10 MB", () => post("/api/chat", "x".repeat(10_000_000)), 413, "body-too-large"],
    ["a body that is no JSON", () => post("/api/chat", "{"), 400, "bad-request"],
    ["a body that is null", () => post("/api/chat", "null"), 400, "bad-request"],
    ["a body that is a list", () => post("/api/chat", []), 400, "bad-request"],
    ["a body without messages", () => post("/api/chat", { id: "x" }), 400, "bad-request"],
    ["messages of a wrong type", () => post("/api/chat", { id: "x", messages: "hi" }), 400, "bad-request"],
    [
      "no message of the user",
      () => post("/api/chat", { id: "x", messages: [{ ...message("a"), role: "assistant" }] }),
      400,
      "bad-request",
    ],
    ["an unknown trigger", () => post("/api/chat", { ...chat("a"), trigger: "x" }), 400, "bad-request"],
    ["a wrong content type", () => post("/api/chat", chat("a"), { "content-type": "text/plain" }), 415, "wrong-type"],
    ["another site's page", () => post("/api/chat", chat("a"), { origin: "https://evil.test" }), 403, "foreign-origin"],
    ["an unknown conversation", () => fetch(`${baseUrl}/api/chat/none/stream`), 404, "conversation-unknown"],
    ["an unknown conversation to show", () => fetch(`${baseUrl}/api/conversations/none`), 404, "conversation-unknown"],
    ["an unknown run", () => fetch(`${baseUrl}/api/runs/${unknown}`), 404, "run-unknown"],
    ["a run that is no id", () => fetch(`${baseUrl}/api/runs/..%2f..`), 404, "run-unknown"],
    ["events of an unknown run", () => fetch(`${baseUrl}/api/runs/${unknown}/events`), 404, "run-unknown"],
    ["a cancel of an unknown run", () => post(`/api/runs/${unknown}/cancel`, ""), 404, "run-unknown"],
    ["a limit of 0", () => fetch(`${baseUrl}/api/runs?limit=0`), 400, "bad-request"],
    ["an unknown artifact", () => fetch(`${baseUrl}/api/artifacts/x`), 404, "not-found"],
    ["documents of a wrong form", () => post("/api/documents", { documents: 5 }), 400, "bad-request"],
  ])("%s gets a clear error", async (_what, send, status, code) => {
    const response = await send();
    expect(response.status).toBe(status);
    const error = (await response.json()) as { code: string; message: string };
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
  });

  it.each(["-1", "1e9", "99999999999999999999", "9999999", "x", "1.5", "NaN"])(
    "a cursor of %s is refused",
    async (cursor) => {
      const { runId } = await endedRun("hello");
      for (const accept of ["application/json", "text/event-stream"]) {
        const response = await fetch(`${baseUrl}/api/runs/${runId}/events?after=${cursor}`, { headers: { accept } });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: "bad-cursor" });
      }
    },
  );

  it("leaves the process alive", async () => {
    expect((await fetch(`${baseUrl}/api/health`)).status).toBe(200);
  });
});

describe("a run over HTTP", () => {
  it("is started once by a message id that is posted twice", async () => {
    const body = chat("hello");
    const [first, second] = await Promise.all([post("/api/chat", body), post("/api/chat", body)]);
    expect(first.headers.get("x-run-id")).toBe(second.headers.get("x-run-id"));
    expect(await first.text()).toBe(await second.text());
    const third = await post("/api/chat", body);
    expect(third.headers.get("x-run-id")).toBe(first.headers.get("x-run-id"));
  });

  it("is streamed in the AI SDK's protocol, and 204 when nothing runs", async () => {
    const body = chat("hello");
    const response = await post("/api/chat", body);
    expect(response.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
    const lines = (await response.text()).split("\n\n").filter((line) => line.startsWith("data: "));
    expect(lines[0]).toContain('"type":"start"');
    expect(lines.at(-1)).toBe("data: [DONE]");
    expect((await fetch(`${baseUrl}/api/chat/${body.id}/stream`)).status).toBe(204);
    const look = await fetch(`${baseUrl}/api/chat/${body.id}/stream`, { method: "HEAD" });
    expect([look.status, look.headers.get("x-run-id")]).toEqual([204, response.headers.get("x-run-id")]);
  });

  it("shows its state and its events, from any cursor the same", async () => {
    const { runId, conversationId } = await endedRun("How does Deputy deliver tasks?");
    const state = await (await fetch(`${baseUrl}/api/runs/${runId}`)).json();
    expect(state).toMatchObject({
      id: runId,
      conversationId,
      status: "completed",
      phase: "LEARNING",
      tasks: [{ status: "completed" }],
    });
    const all = await (await fetch(`${baseUrl}/api/runs/${runId}/events`)).json();
    expect(all).toMatchObject({ ended: true, lastSeq: state.lastSeq });
    const some = await (await fetch(`${baseUrl}/api/runs/${runId}/events?after=3`)).json();
    expect(some.events).toEqual(all.events.slice(3));
    const live = await fetch(`${baseUrl}/api/runs/${runId}/events`, {
      headers: { accept: "text/event-stream", "last-event-id": "3" },
    });
    const followed = (await live.text()).split("\n\n").filter((block) => block.startsWith("id: "));
    expect(followed.map((block) => JSON.parse(block.split("\ndata: ")[1] ?? ""))).toEqual(some.events);
  });

  it("is cancelled once and for all, and cancelling again is harmless", async () => {
    const body = {
      id: randomUUID(),
      messages: [message("Compare how PLANNING and VERIFYING work, then write a plan for adding a new agent")],
    };
    const response = await post("/api/chat", body);
    const runId = response.headers.get("x-run-id") ?? "";
    for (let time = 0; time < 2; time += 1) {
      const cancelled = await post(`/api/runs/${runId}/cancel`, "");
      expect(cancelled.status).toBe(200);
      expect(await cancelled.json()).toEqual({ status: "cancelled" });
    }
    await response.text();
    const { status } = await (await fetch(`${baseUrl}/api/runs/${runId}`)).json();
    expect(status).toBe("cancelled");
  });

  it("leaves its message in the conversation, which can be deleted", async () => {
    const { conversationId } = await endedRun("hello there");
    const shown = await (await fetch(`${baseUrl}/api/conversations/${conversationId}`)).json();
    expect(shown.messages.map((entry: { role: string }) => entry.role)).toEqual(["user", "assistant"]);
    expect((await fetch(`${baseUrl}/api/conversations/${conversationId}`, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(`${baseUrl}/api/conversations/${conversationId}`)).status).toBe(404);
  });

  it("previews what a message would dispatch, and dispatches nothing", async () => {
    const report = await (await post("/api/preview", { text: "/delegate knowledge What is a lease?" })).json();
    expect(report).toMatchObject({
      delegates: true,
      blocks: [{ verdict: "accepted", action: { agentType: "knowledge" } }],
    });
  });
});

describe("the bytes of an answer", () => {
  const encodingOf = async (path: string, accept = "*/*") => {
    const response = await fetch(`${baseUrl}${path}`, { headers: { accept } });
    await response.text();
    expect(response.status).toBe(200);
    return response.headers.get("content-encoding");
  };

  it("are compressed for pages, their code and the log as JSON, and not for streams", async () => {
    const { runId, conversationId } = await endedRun("hello");
    const page = await (await fetch(`${baseUrl}/c/${conversationId}`)).text();
    const [code = ""] = page.match(/\/_next\/static\/[^"\\]+\.js/) ?? [];
    for (const path of ["/", code, `/runs/${runId}`, `/api/runs/${runId}/events`]) {
      expect(await encodingOf(path), path).toBe("gzip");
    }
    expect(await encodingOf(`/api/runs/${runId}/events`, "text/event-stream")).toBeNull();
    const chatted = await post("/api/chat", chat("hello"));
    await chatted.text();
    expect(chatted.headers.get("content-encoding")).toBeNull();
  });
});

describe("what the operator sees", () => {
  it("health, agents and statistics", async () => {
    const health = await until(async () => (await fetch(`${baseUrl}/api/health`)).json(), { what: "health" });
    expect(health).toEqual({ status: "ok", postgres: "ok", redis: "ok", workers: "ok" });
    const { agents } = await (await fetch(`${baseUrl}/api/agents`)).json();
    const registered = agents.filter((agent: { registered: boolean }) => agent.registered);
    expect(registered.map((agent: { type: string }) => agent.type)).toEqual(["knowledge", "planner", "browser"]);
    const stats = await (await fetch(`${baseUrl}/api/stats`)).json();
    expect(stats.documents).toBeGreaterThan(0);
    expect(stats.workers).toHaveLength(1);
  });
});

describe("a burst", () => {
  it("of 1,000 clients that come while web is kept from taking them is answered, each of them", async () => {
    const { web } = childrenOf(inject("dataDir"));
    if (web === undefined) throw new Error("no web was started");
    process.kill(web, "SIGSTOP");
    const clients = Array.from({ length: 1_000 }, askForHealth);
    await Promise.all(clients.map(({ connected }) => connected)).finally(() => process.kill(web, "SIGCONT"));
    const statuses = await Promise.all(clients.map(({ status }) => status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

/** On a connection of its own, as a new client. */
function askForHealth(): { readonly connected: Promise<void>; readonly status: Promise<number> } {
  const connected = Promise.withResolvers<void>();
  const status = Promise.withResolvers<number>();
  const signal = AbortSignal.timeout(30_000);
  const asking = get(`${baseUrl}/api/health`, { agent: false, signal }, (response) => {
    response.resume();
    status.resolve(response.statusCode ?? 0);
  });
  asking.on("socket", (socket) => socket.once("connect", () => connected.resolve()));
  asking.on("error", (error) => {
    connected.reject(error);
    status.reject(error);
  });
  status.promise.catch(() => undefined);
  return { connected: connected.promise, status: status.promise };
}
