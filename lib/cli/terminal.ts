import { fstatSync } from "node:fs";
import { styleText } from "node:util";

/** Where a command reads and writes. Data goes to `stdout`, everything meant for the eye to `stderr`. */
export type Terminal = {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
};

/** `isTTY` and `hasColors` are there on a terminal only; NO_COLOR, CI and TERM=dumb make `hasColors` answer false. */
export type Output = {
  write(text: string): boolean;
  readonly isTTY?: boolean;
  /** Its file descriptor, where it has one. */
  readonly fd?: number;
  hasColors?(): boolean;
};

/** Whether both outputs end in the same place: a terminal, or one file or pipe (`2>&1`). */
export function isSameScreen(one: Output, other: Output): boolean {
  if (one.isTTY === true || other.isTTY === true) return one.isTTY === other.isTTY;
  if (one.fd === undefined || other.fd === undefined) return false;
  const [first, second] = [fstatSync(one.fd), fstatSync(other.fd)];
  return first.dev === second.dev && first.ino === second.ino;
}

export type Style = "dim" | "bold" | "red" | "yellow" | "green";

/** The text in a style where the output shows colours, else unchanged. */
export function styled(output: Output, style: Style, text: string): string {
  if (output.isTTY !== true || output.hasColors?.() !== true) return text;
  return styleText(style, text, { validateStream: false });
}

export function writeLine(output: Output, text: string): void {
  output.write(`${text}\n`);
}

/**
 * Text that others wrote, without the control characters (category Cc, but newline and tab) by which it could move the
 * cursor, rename the window or hide what stands before it.
 */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are to go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** One line of at most `maxLength` characters; what was cut is shown by an ellipsis. */
export function oneLine(text: string, maxLength = 160): string {
  const line = harmless(text.replace(/\s+/g, " ")).trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).trimEnd()}…`;
}
