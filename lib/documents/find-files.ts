import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { mediaTypeOf } from "#/lib/documents/media-type.ts";
import { messageOf } from "#/lib/errors.ts";

export type FoundFile =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "trouble"; readonly path: string; readonly reason: string };

/**
 * The documents in a file or folder, in the order of their names. In a folder, hidden entries, node_modules and files of
 * other kinds are passed over; links are followed, each folder is entered once. What cannot be read is named, and the
 * rest goes on.
 */
export async function* findFiles(path: string, entered = new Set<string>()): AsyncGenerator<FoundFile> {
  const entry = await statOf(path);
  if ("reason" in entry) yield { kind: "trouble", path, reason: entry.reason };
  else if (entry.isDirectory()) yield* findInFolder(path, entered);
  else if (mediaTypeOf(path) === null)
    yield { kind: "trouble", path, reason: "it is no .md, .mdx, .txt or .html file" };
  else if (!entry.isFile()) yield { kind: "trouble", path, reason: "it is neither a file nor a folder" };
  else yield { kind: "file", path };
}

async function* findInFolder(path: string, entered: Set<string>): AsyncGenerator<FoundFile> {
  const place = await realpath(path);
  if (entered.has(place)) return;
  entered.add(place);
  const names = await namesIn(path);
  if ("reason" in names) {
    yield { kind: "trouble", path, reason: names.reason };
    return;
  }
  for (const { name, leads } of names.entries) {
    if (name.startsWith(".") || name === "node_modules") continue;
    if (leads || mediaTypeOf(name) !== null) yield* withoutOthers(findFiles(join(path, name), entered));
  }
}

/** A link in a folder may lead to anything: only what is a document, or broken, is worth a word. */
async function* withoutOthers(found: AsyncGenerator<FoundFile>): AsyncGenerator<FoundFile> {
  for await (const file of found) {
    if (file.kind === "file" || !file.reason.startsWith("it is no ")) yield file;
  }
}

type Names = { readonly entries: readonly { readonly name: string; readonly leads: boolean }[] };

async function namesIn(path: string): Promise<Names | { readonly reason: string }> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.map((entry) => ({ name: entry.name, leads: entry.isDirectory() || entry.isSymbolicLink() }));
    return { entries: names.sort((one, other) => (one.name < other.name ? -1 : 1)) };
  } catch (error) {
    return { reason: `it cannot be read (${codeOf(error)})` };
  }
}

async function statOf(path: string): Promise<Stats | { readonly reason: string }> {
  try {
    return await stat(path);
  } catch (error) {
    const code = codeOf(error);
    return { reason: code === "ENOENT" ? "it does not exist" : `it cannot be read (${code})` };
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
}
