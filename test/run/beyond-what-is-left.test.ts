import { expect, it } from "vitest";
import { beyondWhatIsLeft } from "#/lib/run/beyond-what-is-left.ts";

const task = (ref: string, dependsOn: string[] = []) => ({ ref, dependsOn, seconds: 10, costUsd: 0.01 });
const chain = Array.from({ length: 30 }, (_, at) => task(`n${at}`, at === 0 ? [] : [`n${at - 1}`]));
const none = () => undefined;

it("says nothing where there is enough, or no limit", () => {
  expect(beyondWhatIsLeft(chain, {}, none)).toBeNull();
  expect(beyondWhatIsLeft(chain, { secondsLeft: null, costUsdLeft: null }, none)).toBeNull();
  expect(beyondWhatIsLeft(chain, { secondsLeft: 300, costUsdLeft: 0.31 }, none)).toBeNull();
});

it("adds up what all cost, and only what waits for one another takes", () => {
  const fan = chain.map(({ ref }) => task(ref));
  expect(beyondWhatIsLeft(fan, { secondsLeft: 10 }, none)).toBeNull();
  expect(beyondWhatIsLeft(fan, { costUsdLeft: 0.2 }, none)).toBe(
    "The tasks are together estimated at $0.3000, and the run has $0.2000 left (setting DEPUTY_MAX_COST_USD).",
  );
});

it("names both ends of a long chain, a short one whole, and a task that is too long by itself", () => {
  const shown = "n0 -> n1 -> n2 -> n3 -> n4 -> (20 more) -> n25 -> n26 -> n27 -> n28 -> n29";
  expect(beyondWhatIsLeft(chain, { secondsLeft: 299.5 }, none)).toBe(
    `${shown}, one behind the other, are estimated at 300 s, and the run has 299 s left (setting DEPUTY_RUN_MINUTES).`,
  );
  expect(beyondWhatIsLeft([task("a")], { secondsLeft: -1 }, none)).toContain(
    "a is estimated at 10 s, and the run has 0 s",
  );
});

it("counts what is open in front of them, and nothing that none of them waits for", () => {
  const open = new Map([task("x"), task("y", ["x"])].map((node) => [node.ref, node]));
  const nodeOf = (ref: string) => open.get(ref);
  expect(beyondWhatIsLeft([task("a", ["y"])], { secondsLeft: 29 }, nodeOf)).toContain("x -> y -> a, ");
  expect(beyondWhatIsLeft([task("a")], { secondsLeft: 10 }, nodeOf)).toBeNull();
});
