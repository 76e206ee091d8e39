import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** What a task asks of a page. */
export type PageRequest = {
  readonly url: URL;
  /** The tables of the page are wanted, not only its text. */
  readonly tables: boolean;
  /** Further addresses that the task names; they are not opened. */
  readonly others: readonly string[];
};

/** What INPUT may say to the browser agent; other keys are for others. */
export const Input = z.looseObject({
  /** True: what it finds is posted on the board of the run. */
  board: z.boolean().optional(),
  /** The address of the page, instead of one in the task's text. */
  url: z.string().optional(),
  /** The tables of the page are wanted, too; otherwise the words of the task decide. */
  tables: z.boolean().optional(),
});

/**
 * The page that a task names, in `input.url` or as the first http(s) address of its text. Throws a DeputyError that is
 * not retryable: `no-address`, `bad-address`, `unsupported-address` (another scheme), `bad-input`.
 */
export function readRequest(task: TaskSpec): PageRequest {
  const { tables } = readInput(task.input);
  const [first, ...others] = addressesOf(task);
  if (first === undefined) throw missing(task.task);
  return { url: readUrl(first), tables: tables ?? asksForTables(task.task), others };
}

function readInput(input: TaskSpec["input"]): z.infer<typeof Input> {
  const read = Input.safeParse(input ?? {});
  if (read.success) return read.data;
  throw new DeputyError("bad-input", 'INPUT of a browser task is {"url": "https://...", "tables": true}.');
}

/** The addresses that a task names, each once: `input.url` alone, or those in its text. Throws `bad-input`. */
export function addressesOf({ task, input }: TaskSpec): string[] {
  const { url } = readInput(input);
  return url === undefined ? addressesIn(task) : [url.trim()];
}

/** In the order of the text; `www.example.com` counts as https. A scheme in front (`view-source:http:...`) is kept. */
function addressesIn(text: string): string[] {
  const found = text.match(/(?:[a-z][a-z-]*:)?\bhttps?:\/\/[^\s<>"'`]+|\bwww\.[^\s<>"'`]+/gi) ?? [];
  const addresses = found.map(withoutPunctuation).map((address) => address.replace(/^www\./i, "https://www."));
  return [...new Set(addresses)];
}

/** `(see https://example.com/a_(b)).` names `https://example.com/a_(b)`. */
function withoutPunctuation(address: string): string {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1] ?? "";
    const unopened =
      (last === ")" && !isOpened(address.slice(0, end), "(", ")")) ||
      (last === "]" && !isOpened(address.slice(0, end), "[", "]"));
    if (!unopened && !".,;:!?*_|}、。，".includes(last)) break;
    end--;
  }
  return address.slice(0, end);
}

function isOpened(text: string, open: string, close: string): boolean {
  return text.split(open).length >= text.split(close).length;
}

function missing(text: string): DeputyError {
  const other =
    /\b(file|ftp|gopher|dict|data|blob|javascript|view-source|chrome|about|wss?|filesystem|jar|ldap|mailto):\S/i.exec(
      text,
    );
  if (other) return unsupported(`${other[1]?.toLowerCase()}:`);
  return new DeputyError(
    "no-address",
    "The task names no web address. Write the address of the page in full, such as https://example.com/page.",
  );
}

/** A user name and a password in the address are left out: the browser logs in nowhere. */
function readUrl(address: string): URL {
  if (!URL.canParse(address)) throw new DeputyError("bad-address", `"${address}" is not a valid web address.`);
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw unsupported(url.protocol);
  url.username = "";
  url.password = "";
  return url;
}

function unsupported(scheme: string): DeputyError {
  return new DeputyError(
    "unsupported-address",
    `Addresses that begin with ${scheme} are not opened, only http: and https: ones.`,
  );
}

function asksForTables(text: string): boolean {
  return /\b(tables?|tabular|rows?|columns?|prices?|pricing|price list|spreadsheet|csv)\b/i.test(text);
}
