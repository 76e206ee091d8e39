import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/**
 * One answer of the fake model. With `status` of 400 and more, or `body`, the answer is that body as it is; otherwise
 * the text is streamed in the protocol of the path that was asked, with a usage chunk and the closing marker.
 */
export type ScriptedReply = {
  readonly text?: string;
  /** Sent as reasoning before the text, in deltas like the text. */
  readonly reasoning?: string;
  /** UTF-16 units of each delta; all in one by default. */
  readonly chunk?: number;
  /** Pause before each delta. */
  readonly delayMs?: number;
  /** Pause before the answer begins at all. */
  readonly waitMs?: number;
  readonly finish?: "stop" | "length" | "content_filter";
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown;
  /** After this many deltas nothing more is sent and the connection stays open. */
  readonly stallAfter?: number;
  /** After this many deltas the connection is cut. */
  readonly cutAfter?: number;
};

export type RecordedRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The text of all messages with this role, joined by blank lines; `system` counts `developer`, too. */
  said(role: "system" | "user" | "assistant"): string;
};

/** Replies in order (behind the last one: status 500), or a function of the request. */
export type Script = readonly ScriptedReply[] | ((request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply>);

export type OpenAIServer = {
  /** The base URL for OPENAI_BASE_URL. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Answers from this script from now on. */
  use(script: Script): void;
  /** Connections that a client has given up before their answer was complete. */
  readonly abandoned: number;
  close(): Promise<void>;
};

/** A server on 127.0.0.1 that speaks `/v1/chat/completions` and `/v1/responses`, streaming or not. */
export async function startOpenAIServer(script: Script): Promise<OpenAIServer> {
  const requests: RecordedRequest[] = [];
  let abandoned = 0;
  let next = answering(script);
  const server = createServer(async (incoming, response) => {
    const request = await record(incoming);
    requests.push(request);
    response.on("close", () => {
      if (!response.writableEnded) abandoned += 1;
    });
    try {
      await answer(request, await next(request), response);
    } catch (error) {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    use: (other) => {
      next = answering(other);
    },
    get abandoned() {
      return abandoned;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answering(script: Script): (request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply> {
  if (typeof script === "function") return script;
  const left = [...script];
  const exhausted = { status: 500, body: { error: { message: "the script has no further reply" } } };
  return () => left.shift() ?? exhausted;
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  const body = JSON.parse(Buffer.concat(pieces).toString() || "{}") as Record<string, unknown>;
  const path = (incoming.url ?? "/").split("?")[0] ?? "/";
  return { path, headers: incoming.headers, body, said: (role) => textOf(body, role) };
}

function textOf(body: Readonly<Record<string, unknown>>, role: string): string {
  const messages = [body.messages, body.input].find(Array.isArray) as
    | { role?: string; content?: unknown }[]
    | undefined;
  const roles = role === "system" ? ["system", "developer"] : [role];
  const texts = (messages ?? [])
    .filter((message) => roles.includes(message.role ?? ""))
    .map(({ content }) => plain(content));
  const instructions = role === "system" && typeof body.instructions === "string" ? [body.instructions] : [];
  return [...instructions, ...texts].join("\n\n");
}

function plain(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? "").join("") : "";
}

async function answer(request: RecordedRequest, reply: ScriptedReply, response: ServerResponse) {
  if (reply.waitMs) await pause(reply.waitMs);
  if (reply.body !== undefined || (reply.status ?? 200) >= 400) return sendBody(reply, response);
  const dialect = request.path.endsWith("/responses")
    ? responses
    : request.path.endsWith("/chat/completions")
      ? chat
      : null;
  if (!dialect)
    return sendBody({ status: 404, body: { error: { message: `no such path: ${request.path}` } } }, response);
  if (request.body.stream !== true) return sendBody({ body: dialect.whole(reply, modelOf(request)) }, response);
  response.writeHead(reply.status ?? 200, { "content-type": "text/event-stream", ...reply.headers });
  await stream(dialect, reply, modelOf(request), response);
}

function sendBody({ status = 200, headers, body }: ScriptedReply, response: ServerResponse) {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/html" : "application/json", ...headers });
  response.end(isText ? body : JSON.stringify(body ?? { error: { message: `status ${status}` } }));
}

async function stream(dialect: Dialect, reply: ScriptedReply, model: string, response: ServerResponse) {
  for (const event of dialect.opening(reply, model)) {
    if (reply.reasoning && reply.delayMs) await pause(reply.delayMs);
    write(response, event);
  }
  let sent = 0;
  for (const delta of deltasOf(reply.text ?? "", reply.chunk)) {
    if (sent === reply.stallAfter) return;
    if (sent === reply.cutAfter) break;
    if (reply.delayMs) await pause(reply.delayMs);
    if (response.destroyed) return;
    write(response, dialect.delta(delta, model));
    sent += 1;
  }
  if (sent === reply.stallAfter) return;
  if (reply.cutAfter !== undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    return response.destroy();
  }
  for (const event of dialect.closing(reply, model)) write(response, event);
  response.end();
}

function* deltasOf(text: string, chunk = text.length): Generator<string> {
  for (let at = 0; at < text.length; at += chunk) yield text.slice(at, at + chunk);
}

function write(response: ServerResponse, event: unknown) {
  response.write(typeof event === "string" ? event : `data: ${JSON.stringify(event)}\n\n`);
}

const modelOf = (request: RecordedRequest) => String(request.body.model ?? "");
const tokens = (text = "") => Math.ceil(text.length / 4);

type Dialect = {
  opening(reply: ScriptedReply, model: string): unknown[];
  delta(text: string, model: string): unknown;
  closing(reply: ScriptedReply, model: string): unknown[];
  whole(reply: ScriptedReply, model: string): unknown;
};

const chatChunk = (model: string, choices: unknown[], more = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_700_000_000,
  model,
  choices,
  ...more,
});

const chatUsage = ({ text, reasoning }: ScriptedReply) => ({
  prompt_tokens: 100,
  completion_tokens: tokens(text) + tokens(reasoning),
  total_tokens: 100 + tokens(text) + tokens(reasoning),
});

const chat: Dialect = {
  opening: ({ reasoning = "", chunk }, model) => [
    chatChunk(model, [{ index: 0, delta: { role: "assistant" }, finish_reason: null }]),
    ...[...deltasOf(reasoning, chunk)].map((reasoning_content) =>
      chatChunk(model, [{ index: 0, delta: { reasoning_content }, finish_reason: null }]),
    ),
  ],
  delta: (content, model) => chatChunk(model, [{ index: 0, delta: { content }, finish_reason: null }]),
  closing: (reply, model) => [
    chatChunk(model, [{ index: 0, delta: {}, finish_reason: reply.finish ?? "stop" }]),
    chatChunk(model, [], { usage: chatUsage(reply) }),
    "data: [DONE]\n\n",
  ],
  whole: (reply, model) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: reply.text ?? "" }, finish_reason: reply.finish ?? "stop" },
    ],
    usage: chatUsage(reply),
  }),
};

const message = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

const responsesUsage = ({ text, reasoning }: ScriptedReply) => ({
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: tokens(text) + tokens(reasoning),
  output_tokens_details: { reasoning_tokens: tokens(reasoning) },
});

const responseBody = (reply: ScriptedReply, model: string) => ({
  id: "resp_1",
  object: "response",
  created_at: 1_700_000_000,
  model,
  status: reply.finish && reply.finish !== "stop" ? "incomplete" : "completed",
  incomplete_details: incompleteDetails(reply),
  output: [message(reply.text ?? "")],
  usage: responsesUsage(reply),
});

function incompleteDetails({ finish }: ScriptedReply) {
  if (finish === "length") return { reason: "max_output_tokens" };
  return finish === "content_filter" ? { reason: "content_filter" } : null;
}

const reasoningEvents = (text: string) => [
  { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", id: "rs_1", summary: [] } },
  { type: "response.reasoning_summary_part.added", item_id: "rs_1", summary_index: 0 },
  { type: "response.reasoning_summary_text.delta", item_id: "rs_1", summary_index: 0, delta: text },
  {
    type: "response.output_item.done",
    output_index: 0,
    item: { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text }] },
  },
];

const responses: Dialect = {
  opening: ({ reasoning }, model) => [
    { type: "response.created", response: { id: "resp_1", created_at: 1_700_000_000, model } },
    ...(reasoning ? reasoningEvents(reasoning) : []),
    {
      type: "response.output_item.added",
      output_index: 1,
      item: { ...message(""), status: "in_progress", content: [] },
    },
  ],
  delta: (delta) => ({
    type: "response.output_text.delta",
    item_id: "msg_1",
    output_index: 1,
    content_index: 0,
    delta,
  }),
  closing: (reply, model) => [
    { type: "response.output_item.done", output_index: 1, item: message(reply.text ?? "") },
    {
      type: reply.finish && reply.finish !== "stop" ? "response.incomplete" : "response.completed",
      response: responseBody(reply, model),
    },
  ],
  whole: responseBody,
};
