import { expect, test } from "vitest";
import { steady } from "#/app/_ui/steady-messages.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

const question: DeputyMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "?" }] };

test("the fuller message stays while the same run is told again", () => {
  const shown = [question, answer("run_1", "step one", "step two")];
  expect(steady(shown, [question, answer("run_1")])).toEqual(shown);
  expect(steady(shown, [question, answer("run_1", "step one", "st")])).toEqual(shown);
});

test("what has caught up replaces it", () => {
  const shown = [question, answer("run_1", "step one", "step two")];
  const next = [question, answer("run_1", "step one", "step two and more")];
  expect(steady(shown, next)).toBe(next);
});

test("another run and another length are taken at once", () => {
  const shown = [question, answer("run_1", "step one")];
  const other = [question, answer("run_2")];
  expect(steady(shown, other)).toBe(other);
  expect(steady(shown, [question])).toEqual([question]);
});

function answer(id: string, ...texts: string[]): DeputyMessage {
  return { id, role: "assistant", parts: texts.map((text) => ({ type: "text", text })) };
}
