import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startWatchdog } from "#/lib/model/watchdog.ts";

const limits = { firstTokenMs: 60_000, stallMs: 30_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("allows the first-token limit before the first text, counted from the last sign of life", () => {
  const watchdog = startWatchdog("m", limits);
  vi.advanceTimersByTime(50_000);
  watchdog.alive();
  vi.advanceTimersByTime(59_999);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.reason).toMatchObject({ code: "model-stalled", retryable: true });
});

it("allows the stall limit from the first text on, although it is shorter", () => {
  const watchdog = startWatchdog("m", limits);
  vi.advanceTimersByTime(1_000);
  watchdog.text();
  watchdog.resume();
  vi.advanceTimersByTime(29_999);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.reason.message).toContain("DEPUTY_MODEL_STALL_SECONDS");
});

it("does not blame the model for the time that the reader takes", () => {
  const watchdog = startWatchdog("m", limits);
  watchdog.text();
  vi.advanceTimersByTime(300_000);
  watchdog.resume();
  vi.advanceTimersByTime(29_999);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(30_000);
  expect(watchdog.signal.aborted).toBe(true);
});

it("waits for as long as a limit says that no timer can hold", () => {
  const watchdog = startWatchdog("m", { firstTokenMs: 2 ** 33, stallMs: 1_000 });
  vi.advanceTimersByTime(2 ** 33 - 1);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.aborted).toBe(true);
});

it("leaves no timer behind when it is stopped", () => {
  const watchdog = startWatchdog("m", limits);
  watchdog.text();
  watchdog.stop();
  expect(vi.getTimerCount()).toBe(0);
});
