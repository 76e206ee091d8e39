import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { sleep } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { type Lock, takeLock } from "#/lib/launch/lock.ts";
import { projectRoot } from "#/lib/launch/node-child.ts";
import { runProgram } from "#/lib/launch/run-program.ts";

const folders = ["app", "lib", "agents", "public"];
const files = ["proxy.ts", "instrumentation.ts", "next.config.ts", "postcss.config.mjs", "package-lock.json"];
const outputFolder = join(projectRoot, ".next");
const markFile = join(outputFolder, "deputy-sources");
const lockFile = join(projectRoot, "node_modules", ".cache", "deputy-build.lock");

/** True when the web application's build is there and was made from these very sources. */
export function isBuilt(): boolean {
  if (!existsSync(join(outputFolder, "BUILD_ID")) || !existsSync(markFile)) return false;
  return readFileSync(markFile, "utf8") === fingerprint(projectRoot);
}

/**
 * Builds the web application when there is no build of these sources; waits when another process is building. Throws
 * `build-failed` with what the build said.
 */
export async function ensureBuilt(say: (line: string) => void, onLine: (line: string) => void): Promise<void> {
  if (isBuilt()) return;
  const lock = await waitForLock(say);
  try {
    if (isBuilt()) return;
    say("building the web application (the first time and after changes; about half a minute)");
    const made = fingerprint(projectRoot);
    await build(onLine);
    writeFileSync(markFile, made);
  } finally {
    lock.release();
  }
}

async function waitForLock(say: (line: string) => void): Promise<Lock> {
  let told = false;
  for (;;) {
    const lock = takeLock(lockFile);
    if (!("heldBy" in lock)) return lock;
    if (!told) say(`another Deputy (process ${lock.heldBy}) is building: waiting for it`);
    told = true;
    await sleep(200);
  }
}

async function build(onLine: (line: string) => void): Promise<void> {
  const lines: string[] = [];
  rmSync(markFile, { force: true });
  const next = join("node_modules", "next", "dist", "bin", "next");
  const { ok, reason } = await runProgram(process.execPath, [next, "build"], {
    cwd: projectRoot,
    env: childEnvironment({ NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" }),
    onLine: (line) => {
      lines.push(line);
      onLine(line);
    },
  });
  if (ok) return;
  throw new DeputyError(
    "build-failed",
    `The web application could not be built (${reason}):\n${stripVTControlCharacters(lines.slice(-40).join("\n"))}`,
  );
}

/** Of everything that goes into the build: names and contents. */
export function fingerprint(root: string): string {
  const hash = createHash("sha256");
  const present = files.filter((file) => existsSync(join(root, file)));
  for (const file of [...folders.flatMap((folder) => filesBelow(root, folder)), ...present]) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(root, file)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
