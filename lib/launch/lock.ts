import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { identify, isAlive, ProcessIdentity } from "#/lib/launch/process-identity.ts";

export type Lock = {
  /** True when an owner that no longer lives was found: it may have left children behind. */
  readonly takenOver: boolean;
  release(): void;
};

/**
 * Makes this process the one owner of what `path` stands for, until `release` or its end. A lock whose owner no longer
 * lives is taken over. Otherwise the owner's number is returned.
 */
export function takeLock(path: string): Lock | { readonly heldBy: number } {
  mkdirSync(dirname(path), { recursive: true });
  let takenOver = false;
  for (;;) {
    if (tryCreate(path)) return { takenOver, release: () => rmSync(path, { force: true }) };
    const content = read(path);
    const owner = parse(content);
    if (owner && isAlive(owner)) return { heldBy: owner.pid };
    takenOver = removeStale(path, content) || takenOver;
  }
}

/** Complete from the first moment on: the content is written aside, and linking fails when the name is taken. */
function tryCreate(path: string): boolean {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(identify(process.pid)));
  try {
    linkSync(aside, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Moved away first and then looked at: had somebody else taken it over in between, it would be put back. */
function removeStale(path: string, judged: string): boolean {
  const away = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, away);
  } catch {
    return false;
  }
  if (read(away) !== judged) {
    renameSync(away, path);
    return false;
  }
  rmSync(away, { force: true });
  return true;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function parse(content: string): ProcessIdentity | null {
  try {
    return ProcessIdentity.parse(JSON.parse(content));
  } catch {
    return null;
  }
}
