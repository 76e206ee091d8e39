import { type ClientRequest, get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { percentile } from "#/test/bench/harness/figures.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** Many viewers of one address in one process: they look for `beat <number> <milliseconds>` in what they are sent. */
const Watch = z.object({ url: z.string(), viewers: z.number() });
const Count = z.object({ seconds: z.number() });

const beat = /beat (\d+) (\d+)\b/g;
/** A beat that a frame's end cuts in two is found with the next piece. */
const TAIL_UNITS = 40;
/** After the window, for what is still on its way. */
const GRACE_MS = 2_000;

const viewing: { request: ClientRequest; last: number }[] = [];
let counted: { from: number; to: number; lags: number[]; numbers: Set<number> } | undefined;

function open(url: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const viewer = { request: get(url, { headers: { accept: "text/event-stream" }, agent: false }), last: 0 };
  viewing.push(viewer);
  viewer.request.once("error", (error) => first.reject(error));
  viewer.request.once("response", (response) => {
    if (response.statusCode !== 200) return first.reject(new Error(`${url} answered ${response.statusCode}`));
    let tail = "";
    response.setEncoding("latin1");
    response.on("data", (piece: string) => {
      const text = tail + piece;
      for (const found of text.matchAll(beat)) {
        if (found.index + found[0].length === text.length) break;
        take(viewer, Number(found[1]), Number(found[2]));
      }
      tail = text.slice(-TAIL_UNITS);
      first.resolve();
    });
  });
  return first.promise;
}

/** Beats come in order; one that the tail shows again is not new. */
function take(viewer: { last: number }, number: number, saidAt: number): void {
  if (number <= viewer.last) return;
  viewer.last = number;
  if (counted === undefined || saidAt < counted.from || saidAt >= counted.to) return;
  counted.lags.push(Date.now() - saidAt);
  counted.numbers.add(number);
}

async function count(seconds: number) {
  const from = Date.now();
  const window = { from, to: from + seconds * 1_000, lags: [] as number[], numbers: new Set<number>() };
  counted = window;
  await pause(seconds * 1_000 + GRACE_MS);
  counted = undefined;
  const beats = spanOf([...window.numbers]);
  return {
    beatsPerSecond: beats / seconds,
    delivered: window.lags.length / (beats * viewing.length),
    p50: percentile(window.lags, 0.5),
    p99: percentile(window.lags, 0.99),
  };
}

/** From the first to the last number: one in between that nobody got counts, too. */
function spanOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : percentile(numbers, 1) - percentile(numbers, 0) + 1;
}

serve({
  async watch(question) {
    const { url, viewers } = Watch.parse(question);
    for (let opened = 0; opened < viewers; opened += 50) {
      await Promise.all(Array.from({ length: Math.min(50, viewers - opened) }, () => open(url)));
    }
    return viewing.length;
  },
  count: (question) => count(Count.parse(question).seconds),
});
