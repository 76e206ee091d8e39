import { createEndSearch, elementAtStart } from "#/lib/actions/element.ts";
import { createFenceScan } from "#/lib/actions/fence.ts";
import { limits } from "#/lib/actions/grammar.ts";
import { createActionWatch, readActionLine } from "#/lib/actions/key-line.ts";
import { type Line, spanOf } from "#/lib/actions/lines.ts";
import { missedAction } from "#/lib/actions/near-miss.ts";
import { excerpt, type Outbox } from "#/lib/actions/outbox.ts";
import type { Next, Place } from "#/lib/actions/place.ts";

/** Outside of everything: a line is held back as long as it can still become an ACTION line, and no longer. */
export function inProse(outbox: Outbox): Place {
  const fences = createFenceScan();
  const ends = createEndSearch();
  const watch = createActionWatch();
  let held = "";
  let isHeld = true;
  let isTag = false;

  const release = () => {
    outbox.prose(held);
    held = "";
    isHeld = false;
  };

  const leave = (line: Line, ended: boolean): Next => {
    if (isHeld) release();
    const hint = missedAction(line.text);
    if (hint !== null) {
      const nearMiss = { span: spanOf(line), hint };
      outbox.note({ kind: "near-miss", nearMiss, text: excerpt(line.text) });
    }
    if (ended) outbox.prose("\n");
    const fence = fences.opens();
    if (fence) return { place: "fence", fence };
    const element = elementAtStart(line.text);
    return element && !ends.holds(element) ? { place: "element", element } : null;
  };

  return {
    grow(line, stretch) {
      fences.feed(stretch);
      if (line.length === stretch.length) isTag = stretch.startsWith("<");
      if (isTag) ends.feed(stretch);
      if (!isHeld) return outbox.prose(stretch);
      held += stretch;
      if (line.length > limits.blockUnits || !watch.feed(stretch)) release();
    },
    close(line, ended) {
      if (line.length === 0) {
        outbox.prose("\n");
        return null;
      }
      const action = isHeld ? readActionLine(line.text) : null;
      const next: Next = action ? { place: "block", action, line } : leave(line, ended);
      fences.nextLine();
      ends.nextLine();
      watch.nextLine();
      held = "";
      isHeld = true;
      return next;
    },
  };
}
