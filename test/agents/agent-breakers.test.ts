import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAgentBreakers, standIn } from "#/agents/agent-breakers.ts";
import { DeputyError } from "#/lib/errors.ts";

const settings = { failures: 2, openMs: 60_000 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const failure = (code: string, retryable: boolean) => new DeputyError(code, "It failed.", { retryable });
const failing = (error: unknown) => () => Promise.reject(error);

async function afterFailures(error: unknown) {
  const breakers = openAgentBreakers(settings);
  for (let failures = 0; failures < 2; failures += 1) {
    await expect(breakers.execute("browser", failing(error))).rejects.toBe(error);
  }
  return breakers;
}

describe("the breaker of an agent", () => {
  it.each([
    ["a retryable error", failure("browser-crashed", true)],
    ["an error that is none of ours", new TypeError("x is not a function")],
  ])("opens by %s, and then begins no work", async (_, error) => {
    const breakers = await afterFailures(error);
    vi.advanceTimersByTime(20_000);
    const work = vi.fn(async () => "done");
    await expect(breakers.execute("browser", work)).rejects.toMatchObject({
      code: "agent-unavailable",
      retryable: true,
      retryAfterMs: 40_000,
      message: "The browser agent failed 2 times in a row; it is left alone for 60 s.",
    });
    expect(work).not.toHaveBeenCalled();
    expect(breakers.waitMs("browser")).toBe(40_000);
    expect(breakers.waitMs("knowledge")).toBe(0);
  });

  it.each([
    ["a final error", failure("bad-address", false)],
    ["a lost claim", failure("claim-lost", true)],
    ["a model that cannot be reached", failure("model-unavailable", true)],
    ["a model that stalls", failure("model-stalled", true)],
  ])("is not opened by %s", async (_, error) => {
    expect((await afterFailures(error)).waitMs("browser")).toBe(0);
  });

  it("lets one task try when its time is over, and closes when it succeeds", async () => {
    const breakers = await afterFailures(failure("browser-crashed", true));
    vi.advanceTimersByTime(60_000);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = breakers.execute("browser", () => promise);
    await expect(breakers.execute("browser", async () => "")).rejects.toMatchObject({ code: "agent-unavailable" });
    resolve("back");
    expect(await probe).toBe("back");
    expect(await breakers.execute("browser", async () => "all well")).toBe("all well");
  });
});

describe("the stand-in of an agent", () => {
  const out =
    (...agents: string[]) =>
    (agent: string) =>
      agents.includes(agent);

  it("is the first of its chain who can", () => {
    const chain = [
      { from: "browser", to: "knowledge" },
      { from: "browser", to: "planner" },
    ];
    expect(standIn(chain, "browser", out("browser"))).toBe("knowledge");
    expect(standIn(chain, "browser", out("browser", "knowledge"))).toBe("planner");
    expect(standIn(chain, "planner", out("planner"))).toBeNull();
  });

  it("is found over several hops", () => {
    const chain = [
      { from: "browser", to: "knowledge" },
      { from: "knowledge", to: "planner" },
      { from: "planner", to: "review" },
    ];
    expect(standIn(chain, "browser", out("browser", "knowledge", "planner"))).toBe("review");
  });

  it("is nobody in a circle of agents who all cannot, or behind a name that is no agent's", () => {
    const circle = [
      { from: "browser", to: "knowledge" },
      { from: "knowledge", to: "browser" },
    ];
    expect(standIn(circle, "browser", out("browser", "knowledge"))).toBeNull();
    expect(standIn(circle, "browser", out("knowledge"))).toBeNull();
    expect(standIn([{ from: "browser", to: "butler" }], "browser", out())).toBeNull();
  });
});
