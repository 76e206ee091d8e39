import { createEndSearch, type Element, reasonOf } from "#/lib/actions/element.ts";
import { createFenceScan, type Fence } from "#/lib/actions/fence.ts";
import { IgnoredBlocks } from "#/lib/actions/ignored-blocks.ts";
import type { Outbox } from "#/lib/actions/outbox.ts";
import type { Place } from "#/lib/actions/place.ts";

/** In fenced code, outside of blocks. */
export function inFence(fence: Fence, outbox: Outbox): Place {
  const scan = createFenceScan();
  return inert(outbox, new IgnoredBlocks("fenced"), { ...scan, closes: () => scan.closes(fence) });
}

/** In an HTML comment, `<details>`, `<think>` or `<thinking>`. */
export function inElement(element: Element, outbox: Outbox): Place {
  const ends = createEndSearch();
  return inert(outbox, new IgnoredBlocks(reasonOf[element]), { ...ends, closes: () => ends.holds(element) });
}

type Closing = { feed(stretch: string): void; closes(): boolean; nextLine(): void };

/** Where nothing counts, all is prose at once. */
function inert(outbox: Outbox, blocks: IgnoredBlocks, closing: Closing): Place {
  return {
    grow(_, stretch) {
      closing.feed(stretch);
      outbox.prose(stretch);
    },
    close(line, ended) {
      const ignored = blocks.take(line);
      if (ignored) outbox.note(ignored);
      if (ended) outbox.prose("\n");
      const isOver = closing.closes();
      closing.nextLine();
      return isOver ? { place: "prose" } : null;
    },
  };
}
