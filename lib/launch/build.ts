import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { sleep } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { fingerprint } from "#/lib/launch/fingerprint.ts";
import { type Lock, takeLock } from "#/lib/launch/lock.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { runProgram } from "#/lib/launch/run-program.ts";

const sources = {
  folders: ["app", "lib", "agents", "public"],
  files: ["proxy.ts", "instrumentation.ts", "next.config.mjs", "postcss.config.mjs", "package-lock.json"],
};
const outputFolder = join(projectRoot, ".next");
const markFile = join(outputFolder, "deputy-sources");
const lockFile = join(projectRoot, "node_modules", ".cache", "deputy-build.lock");

/** True when the web application's build is there and was made from these very sources. */
export function isBuilt(): boolean {
  if (!existsSync(join(outputFolder, "BUILD_ID")) || !existsSync(markFile)) return false;
  return readFileSync(markFile, "utf8") === fingerprint(projectRoot, sources);
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
    const made = fingerprint(projectRoot, sources);
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
