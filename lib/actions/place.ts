import type { Element } from "#/lib/actions/element.ts";
import type { Fence } from "#/lib/actions/fence.ts";
import type { ActionLine } from "#/lib/actions/key-line.ts";
import type { Line, LineListener } from "#/lib/actions/lines.ts";

/** Where the lines that come next stand; null: where the last one stood. */
export type Next =
  | { readonly place: "prose" }
  | { readonly place: "fence"; readonly fence: Fence }
  | { readonly place: "element"; readonly element: Element }
  | { readonly place: "block"; readonly action: ActionLine; readonly line: Line }
  | null;

/** Reads the lines of one kind of place, as they grow, and says behind each where the next one stands. */
export type Place = {
  grow: LineListener["grow"];
  close(line: Line, ended: boolean): Next;
};
