import { Answer } from "#/lib/cli/answer.ts";
import type { ReceivedEvent } from "#/lib/cli/follow-run.ts";
import { Progress } from "#/lib/cli/progress.ts";
import { Sources } from "#/lib/cli/sources.ts";
import { harmless, isSameScreen, type Output, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
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
  const sameScreen = isSameScreen(stdout, stderr);
  let midLine = false;
  const endLine = (output: Output) => {
    if (midLine) output.write("\n");
    midLine = false;
  };
  const progress = new Progress(stderr, () => {
    if (sameScreen) endLine(stderr);
  });

  const showEvent = (event: RunEvent) => {
    sources.take(event);
    for (const { kind, text } of answer.take(event)) {
      if (kind === "note") progress.note(text);
      else {
        stdout.write(harmless(text));
        midLine = true;
      }
    }
    progress.show(event);
  };
  return {
    show: (received) => {
      const event = decodeEvent(received);
      if (event !== null) showEvent(event);
    },
    close: () => {
      endLine(stdout);
      const lines = sources.linesFor(answer.text);
      if (lines.length > 0) stdout.write(`\n${lines.join("\n")}\n`);
    },
  };
}
