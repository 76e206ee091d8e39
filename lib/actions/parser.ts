import { OpenBlock } from "#/lib/actions/in-block.ts";
import { inElement, inFence } from "#/lib/actions/in-inert.ts";
import { inProse } from "#/lib/actions/in-prose.ts";
import { createJudge, type Finish, type Judge } from "#/lib/actions/judge.ts";
import { createLines } from "#/lib/actions/lines.ts";
import { Outbox, type ParserItem } from "#/lib/actions/outbox.ts";
import type { Next, Place } from "#/lib/actions/place.ts";
import type { Gate } from "#/lib/protocol/gate.ts";

export type { ParserItem } from "#/lib/actions/outbox.ts";

/**
 * Reads one output as it comes. Any split of the text, down to one UTF-16 unit, gives the same items but for where prose is
 * cut. Items come in the order of the text: a block as soon as it is decided, and what was noted inside of it right behind it.
 * Prose is handed out as soon as it cannot be part of a block any more. Work is proportional to the delta, memory bounded by
 * the limit of a block.
 */
export type Parser = {
  push(delta: string): ParserItem[];
  /** The output is over; `finish` says how it ended. A second call returns nothing. */
  end(finish: Finish): ParserItem[];
};

/** `taken`: the IDs that tasks of the run have so far. */
export function createParser(options: { gate: Gate; taken?: Iterable<string> }): Parser {
  return createParserAt(0, createJudge(options));
}

/** For a text of which something else has read the first `start` units. */
export function createParserAt(start: number, judge: Judge): Parser {
  const outbox = new Outbox();
  const prose = inProse(outbox);
  let place: Place = prose;
  let isOver = false;

  const placeOf = (next: NonNullable<Next>): Place => {
    switch (next.place) {
      case "prose":
        return prose;
      case "fence":
        return inFence(next.fence, outbox);
      case "element":
        return inElement(next.element, outbox);
      case "block":
        return new OpenBlock(next.action, next.line, judge, outbox);
    }
  };

  const lines = createLines(
    {
      grow: (line, stretch) => place.grow(line, stretch),
      close(line, ended) {
        const next = place.close(line, ended);
        if (next) place = placeOf(next);
      },
    },
    start,
  );

  return {
    push(delta) {
      if (isOver) throw new Error("push was called behind end");
      lines.push(delta);
      return outbox.take(false);
    },
    end(finish) {
      if (isOver) return [];
      isOver = true;
      const at = lines.end();
      if (place instanceof OpenBlock) place.breakOff(at, finish);
      return outbox.take(true);
    },
  };
}
