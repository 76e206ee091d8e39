import { afterEach, describe, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { ModelPart } from "#/lib/model/models.ts";
import { openModels } from "#/lib/model/open-models.ts";
import type { ModelSettings } from "#/lib/model/tiers.ts";
import { type OpenAIServer, type Script, startOpenAIServer } from "#/test/support/openai-server.ts";

let server: OpenAIServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const noSettings: ModelSettings = {
  apiKey: undefined,
  baseUrl: undefined,
  api: undefined,
  fast: undefined,
  standard: undefined,
  large: undefined,
  expert: undefined,
  firstTokenMs: 5_000,
  stallMs: 5_000,
  fallback: [],
  breaker: { failures: 5, openMs: 60_000 },
};

async function modelsFor(script: Script, more: Partial<ModelSettings> = {}) {
  server = await startOpenAIServer(script);
  return { server, models: openModels({ ...noSettings, baseUrl: server.url, standard: "local", ...more }) };
}

const request = (signal = new AbortController().signal) => ({
  tier: "standard" as const,
  instructions: "Be brief.",
  messages: [{ role: "user" as const, content: "Hi" }],
  signal,
});

async function collect(parts: AsyncIterable<ModelPart>) {
  const all: ModelPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

async function failureOf(script: Script, more: Partial<ModelSettings> = {}): Promise<DeputyError> {
  const { models } = await modelsFor(script, more);
  return failureIn(models.stream(request()));
}

async function failureIn(parts: AsyncIterable<ModelPart>): Promise<DeputyError> {
  const error = await collect(parts).catch((thrown: unknown) => thrown);
  if (error instanceof DeputyError) return error;
  throw new Error(`expected a DeputyError, got ${JSON.stringify(error)} ${error}`);
}

const textOf = (parts: readonly ModelPart[]) => parts.map((part) => (part.type === "text" ? part.text : "")).join("");

describe.each(["chat", "responses"] as const)("a model behind the %s protocol", (api) => {
  it("streams the text as it was written and ends with one finish that counts tokens", async () => {
    const { models } = await modelsFor([{ text: "ACTION: PLAN\nSTEPS:\n1. Ä 🎉\n---END---", chunk: 3 }], { api });
    const parts = await collect(models.stream(request()));
    expect(textOf(parts)).toBe("ACTION: PLAN\nSTEPS:\n1. Ä 🎉\n---END---");
    expect(parts.filter((part) => part.type === "finish")).toHaveLength(1);
    expect(parts.at(-1)).toMatchObject({
      type: "finish",
      finish: "stop",
      usage: { model: "local", tier: "standard", inputTokens: 100, outputTokens: 10, costUsd: null },
    });
  });

  it("sends the instructions apart from the messages, and the name of the tier's model", async () => {
    const { models, server } = await modelsFor([{ text: "ok" }], { api, apiKey: "sk-test" });
    await collect(models.stream(request()));
    expect(server.requests[0]?.said("system")).toBe("Be brief.");
    expect(server.requests[0]?.said("user")).toBe("Hi");
    expect(server.requests[0]?.body.model).toBe("local");
    expect(server.requests[0]?.headers.authorization).toBe("Bearer sk-test");
  });

  it("says that the output was cut by the model's limit", async () => {
    const { models } = await modelsFor([{ text: "half", finish: "length" }], { api });
    expect((await collect(models.stream(request()))).at(-1)).toMatchObject({ type: "finish", finish: "length" });
  });

  it("never yields reasoning", async () => {
    const { models } = await modelsFor([{ reasoning: "ACTION: DELEGATE", text: "Hello" }], { api });
    expect(textOf(await collect(models.stream(request())))).toBe("Hello");
  });

  it("throws the signal's reason when the caller aborts, and ends the request", async () => {
    const { models, server } = await modelsFor([{ text: "abcdef", chunk: 1, stallAfter: 2 }], { api });
    const controller = new AbortController();
    const reason = new Error("the person pressed stop");
    const run = (async () => {
      for await (const part of models.stream(request(controller.signal))) {
        if (part.type === "text") controller.abort(reason);
      }
    })();
    await expect(run).rejects.toBe(reason);
    await expect.poll(() => server.abandoned).toBe(1);
  });

  it("reports a connection that was cut in the middle as worth another attempt", async () => {
    const error = await failureOf([{ text: "abcdef", chunk: 1, cutAfter: 3 }], { api });
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
  });

  it("reports a model that stops in the middle, and names the setting", async () => {
    const error = await failureOf([{ text: "abcdef", chunk: 1, stallAfter: 3 }], { api, stallMs: 150 });
    expect(error).toMatchObject({ code: "model-stalled", retryable: true });
    expect(error.message).toContain("DEPUTY_MODEL_STALL_SECONDS");
  });

  it("reports a model that never begins, and names the setting", async () => {
    const error = await failureOf([{ text: "abc", waitMs: 60_000 }], { api, firstTokenMs: 150 });
    expect(error).toMatchObject({ code: "model-stalled", retryable: true });
    expect(error.message).toContain("DEPUTY_MODEL_FIRST_TOKEN_SECONDS");
  });
});

describe("errors of a model server", () => {
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
  const said = (content: string) => event({ choices: [{ index: 0, delta: { content } }] });
  const end = event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  const wire = (body: string): Script => [{ headers: { "content-type": "text/event-stream" }, body }];

  it("obeys Retry-After of a 429, in seconds, in milliseconds and as a date, up to a minute", async () => {
    const limited = (headers: Record<string, string>) =>
      failureOf([{ status: 429, headers, body: { error: { message: "Rate limit reached" } } }]);
    expect(await limited({ "retry-after": "7" })).toMatchObject({
      code: "model-unavailable",
      retryable: true,
      retryAfterMs: 7_000,
    });
    await server?.close();
    expect((await limited({ "retry-after": "900" })).retryAfterMs).toBe(60_000);
    await server?.close();
    expect((await limited({ "retry-after-ms": "1500", "retry-after": "2" })).retryAfterMs).toBe(1_500);
    await server?.close();
    const date = new Date(Date.now() + 30_000).toUTCString();
    const given = (await limited({ "retry-after": date })).retryAfterMs ?? 0;
    expect(given).toBeGreaterThan(25_000);
    expect(given).toBeLessThanOrEqual(30_000);
  });

  it("treats an account without quota as final, although it answers 429", async () => {
    const body = { error: { message: "You exceeded your current quota", code: "insufficient_quota" } };
    const error = await failureOf([{ status: 429, body }]);
    expect(error).toMatchObject({ code: "model-refused", retryable: false });
    expect(error.message).toContain("billing");
  });

  it.each([500, 502, 503, 529])("treats %i as worth another attempt, with the server's words", async (status) => {
    const error = await failureOf([{ status, body: { error: { message: "the model is overloaded" } } }]);
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true, retryAfterMs: undefined });
    expect(error.message).toContain(`${status}: the model is overloaded`);
  });

  it.each([
    [401, "OPENAI_API_KEY"],
    [403, "OPENAI_API_KEY"],
    [404, "DEPUTY_MODEL_STANDARD"],
    [400, "DEPUTY_MODEL_API"],
  ])("treats %i as final and names the setting %s", async (status, setting) => {
    const error = await failureOf([{ status, body: { error: { message: "the server's words" } } }]);
    expect(error).toMatchObject({ code: "model-refused", retryable: false });
    expect(error.message).toContain("the server's words");
    expect(error.message).toContain(setting);
  });

  it("never repeats the key, whatever the server says", async () => {
    const body = { error: { message: "Incorrect API key provided: sk-secret-123" } };
    const error = await failureOf([{ status: 401, body }], { apiKey: "sk-secret-123" });
    expect(error.message).not.toContain("sk-secret-123");
  });

  it("reports an error inside of the stream", async () => {
    const error = await failureOf(wire(event({ error: { message: "out of memory", code: 500 } })));
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("out of memory");
  });

  it("says clearly that a web page came instead of a stream", async () => {
    const error = await failureOf([{ body: "<!doctype html><title>Sign in</title>" }]);
    expect(error).toMatchObject({ code: "model-refused", retryable: false });
    expect(error.message).toContain("a web page");
    expect(error.message).toContain("OPENAI_BASE_URL");
  });

  it("gives the words of an error that came with status 200", async () => {
    const error = await failureOf([{ body: { error: "model not loaded" } }]);
    expect(error.message).toContain("model not loaded");
  });

  it("names the address when no server is there", async () => {
    const { models, server } = await modelsFor([]);
    await server.close();
    const error = await collect(models.stream(request())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(String(error)).toContain(server.url);
    expect(String(error)).toContain("OPENAI_BASE_URL");
  });

  it("reports an answer that the content filter stopped before its first word", async () => {
    expect(await failureOf([{ text: "", finish: "content_filter" }])).toMatchObject({ code: "model-refused" });
  });

  it("gives the server's words when it reports an error in the middle of its answer", async () => {
    const error = await failureOf(wire(said("half") + event({ error: { message: "out of memory", code: "oom" } })));
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("500: out of memory");
    await server?.close();
    const plain = await failureOf(wire(said("half") + event({ error: { message: "overloaded" } })));
    expect(plain).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(plain.message).toContain("overloaded");
  });

  it("says so when a piece of the answer cannot be read", async () => {
    const error = await failureOf(wire(`${said("half")}data: {"choices": [{"index\n\n`));
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("cannot be read");
  });

  it("reports a page that calls itself a stream", async () => {
    expect(await failureOf(wire("<!doctype html>\n\n<title>502</title>\n\n"))).toMatchObject({
      code: "model-unavailable",
      retryable: true,
    });
  });

  it("takes a piece that was sent twice as it came, and ends once", async () => {
    const { models } = await modelsFor(wire(said("a") + said("b") + said("b") + end + end));
    const parts = await collect(models.stream(request()));
    expect(textOf(parts)).toBe("abb");
    expect(parts.filter((part) => part.type === "finish")).toHaveLength(1);
  });

  it("reads a line of 10 MB, and ends at one that does not end", async () => {
    const { models } = await modelsFor(wire(said("x".repeat(10_000_000)) + end));
    expect(textOf(await collect(models.stream(request())))).toHaveLength(10_000_000);
    await server?.close();
    const error = await failureOf(wire(said("x".repeat(18_000_000)) + end));
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("a line of more than 16 MB");
  });

  it("retries nothing by itself", async () => {
    await failureOf([{ status: 500, body: { error: { message: "no" } } }, { text: "yes" }]);
    expect(server?.requests).toHaveLength(1);
  });
});

describe("a call of a model", () => {
  it("throws the reason of a signal that was aborted before, and asks nothing", async () => {
    const { models, server } = await modelsFor([{ text: "x" }]);
    await expect(collect(models.stream(request(AbortSignal.abort("late"))))).rejects.toBe("late");
    expect(server.requests).toHaveLength(0);
  });

  it("ends the request when the reader leaves the loop", async () => {
    const { models, server } = await modelsFor([{ text: "abcdef", chunk: 1, stallAfter: 2 }]);
    for await (const part of models.stream(request())) {
      expect(part).toEqual({ type: "text", text: "a" });
      break;
    }
    await expect.poll(() => server.abandoned).toBe(1);
  });

  it("lets a model think for as long as it sends its thoughts", async () => {
    const reply = { reasoning: "I must think about this", text: "done", chunk: 4, delayMs: 60 };
    const { models } = await modelsFor([reply], { stallMs: 200, firstTokenMs: 200 });
    expect(textOf(await collect(models.stream(request())))).toBe("done");
  });

  it("generates the whole text with its usage", async () => {
    const { models } = await modelsFor([{ text: "one two", chunk: 2 }]);
    const { text, usage } = await models.generate(request());
    expect(text).toBe("one two");
    expect(usage).toMatchObject({ model: "local", inputTokens: 100, outputTokens: 2 });
  });

  it("needs no key for a server of one's own, and then sends none", async () => {
    const { models, server } = await modelsFor([{ text: "x" }]);
    await models.generate(request());
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe("a model that keeps failing", () => {
  const busy = { status: 503, body: { error: { message: "busy" } } };
  const breaker = { failures: 2, openMs: 60_000 };

  it("is left alone by streams and generations of every tier that it serves", async () => {
    const { models, server } = await modelsFor(() => busy, { breaker });
    await failureIn(models.stream(request()));
    await failureIn(models.stream({ ...request(), tier: "expert" }));
    const error = await models.generate(request()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "model-left-alone", retryable: true });
    expect(String(error)).toContain("The model local failed 2 times in a row; it is left alone for 60 s.");
    expect(server.requests).toHaveLength(2);
  });

  it("is replaced by the stand-in that the settings name, which counts its own tokens", async () => {
    const script: Script = ({ body }) => (body.model === "local" ? busy : { text: "from the stand-in" });
    const { models } = await modelsFor(script, { breaker, fallback: ["local", "spare", "spare"] });
    const { text, usage, switched } = await models.generate(request());
    expect(text).toBe("from the stand-in");
    expect(usage.model).toBe("spare");
    expect(switched).toEqual([{ from: "local", to: "spare", reason: expect.stringContaining("503: busy") }]);
  });

  it("leads to the setting of the stand-in when that one does not exist", async () => {
    const missing = { status: 404, body: { error: { message: "no such model" } } };
    const script: Script = ({ body }) => (body.model === "local" ? busy : missing);
    const { models } = await modelsFor(script, { breaker, fallback: ["spare"] });
    await failureIn(models.stream(request()));
    const error = await failureIn(models.stream(request()));
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("Check DEPUTY_MODEL_FALLBACK (spare)");
  });

  it("is counted as failing when it stalls", async () => {
    const { models, server } = await modelsFor([{ text: "abc", waitMs: 60_000 }], {
      breaker: { failures: 1, openMs: 60_000 },
      firstTokenMs: 100,
    });
    const { code, retryAfterMs } = await failureIn(models.stream(request()));
    expect(code).toBe("model-stalled");
    // What is left of the minute, which begins to pass at once.
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect((await failureIn(models.stream(request()))).message).toContain("failed once");
    expect(server.requests).toHaveLength(1);
  });
});

describe("the choice of models", () => {
  it("answers offline without a key and without a server", () => {
    const models = openModels(noSettings);
    expect(models.offline).toBe(true);
    expect(models.nameOf("expert")).toBe("offline");
  });

  it("gives each tier of OpenAI a name of its own, which a setting replaces", () => {
    const models = openModels({ ...noSettings, apiKey: "sk-x", large: "gpt-5.5" });
    expect(models.offline).toBe(false);
    const names = (["fast", "standard", "large", "expert"] as const).map((tier) => models.nameOf(tier));
    expect(new Set(names).size).toBe(4);
    expect(names[2]).toBe("gpt-5.5");
  });

  it("uses the one model that is named for every tier of another server", () => {
    const models = openModels({ ...noSettings, baseUrl: "http://localhost:11434/v1", expert: "qwen" });
    expect((["fast", "standard", "large", "expert"] as const).map((tier) => models.nameOf(tier))).toEqual([
      "qwen",
      "qwen",
      "qwen",
      "qwen",
    ]);
  });

  it("takes the nearest tier that is named", () => {
    const models = openModels({ ...noSettings, baseUrl: "http://localhost:1/v1", fast: "small", expert: "big" });
    expect(models.nameOf("standard")).toBe("small");
    expect(models.nameOf("large")).toBe("big");
  });

  it("names the setting that is missing for another server, and the one that is no address", () => {
    expect(() => openModels({ ...noSettings, baseUrl: "http://localhost:1/v1" })).toThrow("DEPUTY_MODEL_STANDARD");
    expect(() => openModels({ ...noSettings, baseUrl: "localhost:1", fast: "m" })).toThrow("OPENAI_BASE_URL");
  });
});
