import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What a build is made from: whole folders, and single files; those that are missing are left out. */
export type Sources = { readonly folders: readonly string[]; readonly files: readonly string[] };

/** Of everything that goes into a build: names and contents. */
export function fingerprint(root: string, { folders, files }: Sources): string {
  const hash = createHash("sha256");
  const present = files.filter((file) => existsSync(join(root, file)));
  for (const file of [...folders.flatMap((folder) => filesBelow(root, folder)), ...present]) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(root, file)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

/** Names relative to the root, in an order that does not depend on the file system. */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
