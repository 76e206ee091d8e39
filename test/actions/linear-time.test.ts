import { expect, test } from "vitest";
import { createParser } from "#/lib/actions/parser.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import { hostileTexts } from "#/test/actions/hostile.ts";

const short = 256 * 1_024;
const long = 2 * 1_024 * 1_024;
const attempts = 4;

/** Time of this process alone, in milliseconds: others use the machine, too. */
function timeOf(text: string): number {
  const parser = createParser({ gate: phaseGate("EXECUTING") });
  const before = process.cpuUsage();
  for (let at = 0; at < text.length; at += 4_096) parser.push(text.slice(at, at + 4_096));
  parser.end("stop");
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Below some milliseconds the clock says more than the parser. The compiler and the collector may disturb one attempt; a
 * parser that is not linear fails all of them.
 */
const mostOf = (text: string) => Math.min(2_000, 10 * Math.max(15, timeOf(text)));

test.each(Object.entries(hostileTexts))(
  "%s: 2 MB take at most ten times what 256 KB take, and two seconds",
  (_, make) => {
    const [few, many] = [make(short), make(long)];
    timeOf(few);
    let took = 0;
    let most = 0;
    for (let attempt = 0; attempt < attempts && took >= most; attempt += 1) {
      most = mostOf(few);
      took = timeOf(many);
    }
    expect(took).toBeLessThan(most);
  },
);
