import { limits } from "#/lib/actions/grammar.ts";
import type { Span } from "#/lib/protocol/action.ts";

/** A line in the making or whole. `text` is its beginning, up to the limit of a block; `length` counts all of it. */
export type Line = { readonly from: number; length: number; text: string };

/** Where the line ends, without its line end. */
export function endOf(line: Line): number {
  return line.from + line.length;
}

export function spanOf(line: Line): Span {
  return [line.from, endOf(line)];
}

export type LineListener = {
  /** The line has just grown by `stretch`, which is never empty. */
  grow(line: Line, stretch: string): void;
  /** The line is whole; `ended` says whether a line end stands behind it (the last line of a text may have none). */
  close(line: Line, ended: boolean): void;
};

export type Lines = {
  push(delta: string): void;
  /** Closes the last line, and returns where the text ends. */
  end(): number;
};

const lineFeed = 10;
const carriageReturn = 13;
const byteOrderMark = 0xfeff;

/**
 * Cuts a text that comes in pieces into lines that end with LF, CRLF or CR, without the BOM at its start. A CR ends its line
 * at once; an LF that comes behind it belongs to it. Offsets count UTF-16 units from `start`.
 */
export function createLines(listener: LineListener, start: number): Lines {
  let offset = start;
  let line: Line | null = null;
  let isAfterReturn = false;

  const grow = (delta: string, from: number, to: number) => {
    if (from === to) return;
    line ??= { from: offset + from, length: 0, text: "" };
    const stretch = delta.slice(from, to);
    if (line.length < limits.blockUnits) line.text += stretch.slice(0, limits.blockUnits - line.length);
    line.length += stretch.length;
    listener.grow(line, stretch);
  };

  const close = (at: number, ended: boolean) => {
    const whole = line ?? { from: at, length: 0, text: "" };
    line = null;
    listener.close(whole, ended);
  };

  return {
    push(delta) {
      let from = offset === 0 && delta.charCodeAt(0) === byteOrderMark ? 1 : 0;
      for (let at = from; at < delta.length; at += 1) {
        const unit = delta.charCodeAt(at);
        if (unit === lineFeed && isAfterReturn) from = at + 1;
        else if (unit === lineFeed || unit === carriageReturn) {
          grow(delta, from, at);
          close(offset + at, true);
          from = at + 1;
        }
        isAfterReturn = unit === carriageReturn;
      }
      grow(delta, from, delta.length);
      offset += delta.length;
    },
    end() {
      if (line) close(offset, false);
      return offset;
    },
  };
}
