import { Answer } from "#/lib/cli/answer.ts";
import type { ReceivedEvent } from "#/lib/cli/follow-run.ts";
import { Progress } from "#/lib/cli/progress.ts";
import { Sources } from "#/lib/cli/sources.ts";
import { harmless, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { decodeEvent, type RunEvent } from "#/lib/protocol/event.ts";

/** What a run becomes on the screen while it runs. `close` is called once, behind its last event. */
export interface RunView {
  show(event: ReceivedEvent): void;
  close(): void;
}

/** The events as they are, one JSON object a line. */
export function eventsView({ stdout }: Terminal): RunView {
  return { show: (event) => writeLine(stdout, JSON.stringify(event)), close: () => {} };
}

/** The answer and its sources on standard output, everything else on standard error. */
export function answerView({ stdout, stderr }: Terminal): RunView {
  const answer = new Answer();
  const sources = new Sources();
  const sameScreen = stdout.isTTY === true && stderr.isTTY === true;
  let midLine = false;
  const progress = new Progress(stderr, () => {
    if (midLine && sameScreen) stderr.write("\n");
    midLine = false;
  });

  const showEvent = (event: RunEvent) => {
    sources.take(event);
    for (const { kind, text } of answer.take(event)) {
      if (kind === "note") progress.note(text);
      else stdout.write(harmless(text));
      midLine = kind === "answer";
    }
    progress.show(event);
  };
  return {
    show: (received) => {
      const event = decodeEvent(received);
      if (event !== null) showEvent(event);
    },
    close: () => {
      if (answer.text !== "") stdout.write("\n");
      const lines = sources.linesFor(answer.text);
      if (lines.length > 0) stdout.write(`\n${lines.join("\n")}\n`);
    },
  };
}
