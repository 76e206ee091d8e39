import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import { askModels, ModelBreakers } from "#/lib/model/ask-models.ts";
import type { AnswerPart, ModelPart } from "#/lib/model/models.ts";

const openMs = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** A text that is said, or an error that is thrown. */
type Said = readonly (string | Error)[];

const usage = { model: "m", tier: "fast", inputTokens: 1, outputTokens: 1, costUsd: 0, milliseconds: 1 } as const;
const down = () => new DeputyError("model-unavailable", "It answered 503.", { retryable: true });
const refused = () => new DeputyError("model-refused", "It answered 404.");

/** Models that say what they are told to; `own` is the tier's model. */
function crew(chain: readonly [string, ...string[]] = ["own", "second", "third"]) {
  const breakers = new ModelBreakers({ failures: 2, openMs });
  const asked: string[] = [];
  const says: Record<string, Said> = { own: ["own"], second: ["second"], third: ["third"] };
  async function* ask(name: string): AsyncGenerator<AnswerPart> {
    asked.push(name);
    for (const said of says[name] ?? []) {
      if (said instanceof Error) throw said;
      yield { type: "text", text: said };
    }
    yield { type: "finish", finish: "stop", usage };
  }
  const stream = (signal = new AbortController().signal) => askModels({ chain, breakers, signal, ask });
  return { asked, breakers, says, stream };
}

type Crew = ReturnType<typeof crew>;

async function read(parts: AsyncIterable<ModelPart>) {
  const all: ModelPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

const textOf = (parts: readonly ModelPart[]) => parts.map((part) => (part.type === "text" ? part.text : "")).join("");
const switchesIn = (parts: readonly ModelPart[]) => parts.filter((part) => part.type === "switched");

async function errorOf(parts: AsyncIterable<ModelPart>): Promise<DeputyError> {
  const error = await read(parts).catch((thrown: unknown) => thrown);
  if (error instanceof DeputyError) return error;
  throw new Error(`expected a DeputyError, got ${JSON.stringify(error)}`);
}

/** Fails until the breaker of this model is open. */
async function open({ breakers }: Crew, name: string) {
  for (let failures = 0; failures < 2; failures += 1) await breakers.of(name).enter()?.settle("failed");
}

describe("a model whose breaker is closed", () => {
  it("answers itself, without a word of stand-ins", async () => {
    const models = crew();
    const parts = await read(models.stream());
    expect(parts.map((part) => part.type)).toEqual(["text", "finish"]);
    expect(models.asked).toEqual(["own"]);
  });

  it("throws a failure that will not pass as it is, and asks no stand-in", async () => {
    const models = crew();
    const failure = new DeputyError("model-refused", "It answered 401.");
    models.says.own = [failure];
    expect(await errorOf(models.stream())).toBe(failure);
    expect(models.asked).toEqual(["own"]);
  });

  it("is replaced in the very call in which it fails before its first word", async () => {
    const models = crew();
    models.says.own = [down()];
    const parts = await read(models.stream());
    expect(parts[0]).toEqual({ type: "switched", from: "own", to: "second", reason: "It answered 503." });
    expect(textOf(parts)).toBe("second");
  });

  it("is not replaced any more once it has said something", async () => {
    const models = crew();
    models.says.own = ["half", down()];
    await errorOf(models.stream());
    expect((await errorOf(models.stream())).message).toBe("It answered 503.");
    expect(models.asked).toEqual(["own", "own"]);
    expect(models.breakers.of("own").isTripped).toBe(true);
  });

  it("does not open it by refusals, by calls that are given up, or by errors of ours", async () => {
    const models = crew();
    models.says.own = [refused()];
    for (let calls = 0; calls < 3; calls += 1) await errorOf(models.stream());
    models.says.own = [new TypeError("a fault of this program")];
    for (let calls = 0; calls < 3; calls += 1) await expect(read(models.stream())).rejects.toThrow("a fault");
    models.says.own = [down()];
    for (let calls = 0; calls < 3; calls += 1) {
      await errorOf(models.stream(AbortSignal.abort(new DeputyError("claim-lost", "stopped"))));
    }
    models.says.own = ["a", "b"];
    for (let calls = 0; calls < 3; calls += 1) for await (const _ of models.stream()) break;
    expect(models.breakers.of("own").isTripped).toBe(false);
  });
});

describe("a model whose breaker is open", () => {
  it("is not asked: the first stand-in that may be asked answers, and the switch is said before its text", async () => {
    const models = crew();
    await open(models, "own");
    await open(models, "second");
    const parts = await read(models.stream());
    const reason = "The model own failed 2 times in a row; it is left alone for 60 s.";
    expect(parts.map((part) => part.type)).toEqual(["switched", "text", "finish"]);
    expect(parts[0]).toEqual({ type: "switched", from: "own", to: "third", reason });
    expect(models.asked).toEqual(["third"]);
  });

  it("is passed over to the next stand-in when one fails before its first text", async () => {
    const models = crew();
    await open(models, "own");
    models.says.second = [down()];
    const parts = await read(models.stream());
    expect(switchesIn(parts)).toMatchObject([
      { from: "own", to: "second" },
      { from: "second", to: "third", reason: "It answered 503." },
    ]);
    expect(textOf(parts)).toBe("third");
  });

  it("says how long to wait when nobody is left to ask, and asks nobody", async () => {
    const models = crew();
    await open(models, "own");
    vi.advanceTimersByTime(10_000);
    await open(models, "second");
    await open(models, "third");
    const error = await errorOf(models.stream());
    expect(error).toMatchObject({ code: "model-left-alone", retryable: true, retryAfterMs: 50_000 });
    expect(error.message).toBe("The model own failed 2 times in a row; it is left alone for 60 s.");
    expect(models.asked).toEqual([]);
  });

  it("makes nothing final that only waits, although a stand-in refuses", async () => {
    const models = crew(["own", "second"]);
    await open(models, "own");
    models.says.second = [refused()];
    const error = await errorOf(models.stream());
    expect(error).toMatchObject({ code: "model-unavailable", retryable: true });
    expect(error.message).toContain("Its stand-in second: It answered 404.");
  });

  it("without stand-ins, puts the time of its breaker on the failure that opened it", async () => {
    const models = crew(["own"]);
    models.says.own = [down()];
    expect((await errorOf(models.stream())).retryAfterMs).toBeUndefined();
    expect(await errorOf(models.stream())).toMatchObject({ message: "It answered 503.", retryAfterMs: openMs });
  });

  it("is asked by one call when its time is over, while the others go to the stand-in, and by all when that succeeded", async () => {
    const models = crew();
    await open(models, "own");
    vi.advanceTimersByTime(openMs);
    const probe = models.stream();
    expect((await probe.next()).value).toEqual({ type: "text", text: "own" });
    expect(textOf(await read(models.stream()))).toBe("second");
    expect((await probe.next()).value).toMatchObject({ type: "finish" });
    expect(textOf(await read(models.stream()))).toBe("own");
  });

  it("is tried by the next call when the one that tried it was given up", async () => {
    const models = crew(["own"]);
    await open(models, "own");
    vi.advanceTimersByTime(openMs);
    for await (const _ of models.stream()) break;
    expect(textOf(await read(models.stream()))).toBe("own");
    expect(models.breakers.of("own").isTripped).toBe(false);
  });

  it("counts as well again when the reader leaves at the finish", async () => {
    const models = crew(["own"]);
    await open(models, "own");
    vi.advanceTimersByTime(openMs);
    for await (const part of models.stream()) if (part.type === "finish") break;
    expect(models.breakers.of("own").isTripped).toBe(false);
  });
});
