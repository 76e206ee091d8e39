import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { env } from "#/lib/env.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { libraryFolders, unpackDebianPackage } from "#/lib/launch/debian-package.ts";
import { childEnvironment, plainEnvironment, searchPath } from "#/lib/launch/environment.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { runProgram } from "#/lib/launch/run-program.ts";
import { writeWrapper } from "#/lib/launch/wrapper.ts";

/** `from` says in words where it comes from: `CHROMIUM_PATH`, `the system`, `@sparticuz/chromium`, `Debian's package`. */
export type Chromium = { readonly path: string; readonly from: string };

const WRAPPER = "start-chromium";
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The Chromium that is there already: named by CHROMIUM_PATH, on the PATH, or unpacked before. Changes nothing. */
export function findChromium(dataDir: string = env().dataDir): Chromium | null {
  const given = env().chromiumPath;
  if (given !== undefined) return runs(given) ? { path: given, from: "CHROMIUM_PATH" } : null;
  const installed = searchPath().flatMap((folder) => names.map((name) => join(folder, name)));
  const system = installed.filter(existsSync).find((path) => runs(path));
  if (system !== undefined) return { path: system, from: "the system" };
  const unpacked = wrapperIn(folderOf(dataDir));
  return runs(unpacked) ? { path: unpacked, from: "the data folder" } : null;
}

/**
 * The Chromium that is there, else one unpacked below `dataDir`: from the npm package @sparticuz/chromium, or from Debian's
 * packages, without root. `say` is told what is done, and why there is none in the end. Never throws.
 */
export async function ensureChromium(dataDir: string, say: (line: string) => void): Promise<Chromium | null> {
  const found = findChromium(dataDir);
  if (found || env().chromiumPath !== undefined) return found;
  const faults: string[] = [];
  for (const source of [fromNpm, fromDebian]) {
    try {
      return await source(folderOf(dataDir), say);
    } catch (thrown) {
      faults.push(messageOf(thrown));
    }
  }
  say(`no Chromium: ${faults.join("; ")}`);
  return null;
}

/** The package unpacks itself into TMPDIR, its libraries too when it believes to be where those are missing. */
async function fromNpm(folder: string, say: (line: string) => void): Promise<Chromium> {
  const work = await workFolder(folder);
  const script = 'import("@sparticuz/chromium").then((packaged) => packaged.default.executablePath())';
  const { ok } = await runProgram(process.execPath, ["--eval", script], {
    cwd: projectRoot,
    env: childEnvironment({ NODE_ENV: "production", TMPDIR: work, AWS_EXECUTION_ENV: "24.x" }),
  });
  if (!ok || !existsSync(join(work, "chromium"))) {
    await rm(work, { recursive: true, force: true });
    throw new DeputyError("no-chromium", "the npm package @sparticuz/chromium is not installed or does not unpack");
  }
  say(`no Chromium is installed: unpacked the one of @sparticuz/chromium below the data folder`);
  await writeWrapper(work, WRAPPER, "chromium", ["al2023/lib"]);
  return { path: await moveIntoPlace(work, folder), from: "@sparticuz/chromium" };
}

async function fromDebian(folder: string, say: (line: string) => void): Promise<Chromium> {
  const root = await workFolder(folder);
  await unpackDebianPackage("chromium", root, say);
  await writeWrapper(root, WRAPPER, "usr/lib/chromium/chromium", libraryFolders(root));
  return { path: await moveIntoPlace(root, folder), from: "Debian's package" };
}

async function moveIntoPlace(work: string, folder: string): Promise<string> {
  const faults = whyNot(wrapperIn(work));
  if (faults !== null) {
    await rm(work, { recursive: true, force: true });
    throw new DeputyError("no-chromium", `the unpacked Chromium does not run: ${faults}`);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(work, folder);
  return wrapperIn(folder);
}

async function workFolder(folder: string): Promise<string> {
  const work = `${folder}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  return work;
}

function folderOf(dataDir: string): string {
  return resolve(dataDir, "system", "chromium");
}

function wrapperIn(folder: string): string {
  return join(folder, WRAPPER);
}

function runs(path: string): boolean {
  return whyNot(path) === null;
}

function whyNot(path: string): string | null {
  const run = spawnSync(path, ["--version"], { encoding: "utf8", env: plainEnvironment, timeout: 20_000 });
  if (run.error) return messageOf(run.error);
  return run.status === 0 ? null : run.stderr.trim() || `exit ${run.status}`;
}
