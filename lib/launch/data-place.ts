import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { rm, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DeputyError } from "#/lib/errors.ts";
import type { User } from "#/lib/launch/child.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { systemFolder } from "#/lib/launch/system-folder.ts";

const NOBODY: User = { uid: 65_534, gid: 65_534 };

/** As whom Postgres runs: as ourselves, but for root, whom it refuses; then as the owner of the data, or as nobody. */
export function postgresUser(dir: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (!existsSync(dir)) return NOBODY;
  const { uid, gid } = statSync(dir);
  return uid === 0 ? NOBODY : { uid, gid };
}

/**
 * The folder in which the data of `dir` really stands, its parent made and enterable by `user`. That is `dir` itself, but
 * for root in a closed home (mode 700): then it is a folder of the system, and `dir` becomes a link to it.
 */
export async function placeData(dir: string, user: User | undefined): Promise<string> {
  const path = resolve(dir);
  mkdirSync(dirname(path), { recursive: true });
  if (isLink(path)) return linkedPlace(path);
  if (user === undefined || canEnter(dirname(path), user)) return path;
  if (existsSync(path)) {
    throw new DeputyError(
      "data-out-of-reach",
      `Postgres does not run as root, and user ${user.uid} cannot enter ${dirname(path)}, where its data stands. ` +
        `Let others pass through the folders above it (chmod o+x), or move ${path} elsewhere and set DEPUTY_DATA.`,
    );
  }
  const place = join(await systemFolder(), `${basename(path)}-${randomBytes(6).toString("hex")}`);
  await symlink(place, path);
  return place;
}

/** An empty folder that only `user` may enter. */
export async function makePrivate(dir: string, user: User | undefined): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  if (user) chownSync(dir, user.uid, user.gid);
}

/** Asks the system itself: modes, groups, access lists and mounts all have a say. */
export function canEnter(dir: string, user: User): boolean {
  const probe = spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", dir], { ...user, cwd: "/", env: plainEnvironment });
  return probe.status === 0;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function linkedPlace(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(dirname(path), readlinkSync(path));
}
