import { execFile } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { MINUTE, now } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { fingerprint } from "#/lib/launch/fingerprint.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";

/** Our own processes that are bundled, by the names of their files in the bundle. */
export const bundledProcesses = {
  launcher: "lib/launch/launcher.ts",
  "lone-workers": "lib/launch/lone-workers.ts",
  worker: "agents/worker.ts",
  web: "app/server.ts",
};
export const bundledSources = {
  folders: ["agents", "lib"],
  files: ["app/server.ts", "package.json", "package-lock.json"],
};

/** The newest ones: processes that still run from an older one load parts of it when they need them. */
const keptBundles = 5;

type ProcessName = keyof typeof bundledProcesses;

export function entryIn(bundle: string, name: ProcessName): string {
  return join(bundle, `${name}.js`);
}

export type Bundle = {
  /** The file to run: of the same bundle, whatever is edited meanwhile, until `renew`. */
  entry(name: ProcessName): Promise<string>;
  renew(): Promise<void>;
};

/** The bundle that a launcher starts its processes from. Throws what `ensureBundled` throws. */
export async function openBundle(): Promise<Bundle> {
  let folder = await ensureBundled();
  const renew = async () => {
    folder = await ensureBundled();
  };
  return {
    entry: async (name) => {
      if (!existsSync(folder)) await renew();
      return entryIn(folder, name);
    },
    renew,
  };
}

/**
 * The folder of the bundle of these very sources, made now when there is none (a second or two). A process that runs from
 * it takes a third of the memory that it takes from its sources, which Node has to compile and to hold one by one.
 *
 * Each bundle is a folder `.build/<fingerprint>`: it appears complete or not at all, and never changes. It stands apart
 * from `.next`, which a build of the web application empties. What a source says of its own place (`import.meta.url`) is
 * true in the bundle, too, because sources and bundles both stand two folders deep. Throws `build-failed`.
 */
export async function ensureBundled(root: string = projectRoot): Promise<string> {
  const bundle = join(root, ".build", fingerprint(root, bundledSources).slice(0, 16));
  if (existsSync(bundle)) return bundle;
  const making = beingMade.get(bundle) ?? makeBundle(root, bundle).finally(() => beingMade.delete(bundle));
  beingMade.set(bundle, making);
  await making;
  return bundle;
}

/** Whoever asks for a bundle while this process makes it waits for the same one. */
const beingMade = new Map<string, Promise<void>>();

async function makeBundle(root: string, bundle: string): Promise<void> {
  const unfinished = `${bundle}.${process.pid}`;
  try {
    await makeElsewhere(root, unfinished);
    moveIntoPlace(unfinished, bundle);
    removeOldBundles(root, bundle);
  } catch (thrown) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new DeputyError("build-failed", `Launcher and worker could not be bundled: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** In a process of its own: esbuild leaves one behind that `start.ts` could not wait for, and takes memory. */
async function makeElsewhere(root: string, folder: string): Promise<void> {
  const args = [join(projectRoot, "lib", "launch", "start.ts"), "bundle", root, folder];
  await promisify(execFile)(process.execPath, args);
}

/** Another launcher may have been faster: its bundle is as good as ours. */
function moveIntoPlace(unfinished: string, bundle: string): void {
  try {
    renameSync(unfinished, bundle);
  } catch (thrown) {
    if (!existsSync(bundle)) throw thrown;
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** All but the newest, and what a process left that was killed while it made one: others may be at work on theirs. */
function removeOldBundles(root: string, current: string): void {
  const folder = join(root, ".build");
  const names = readdirSync(folder).filter((name) => name !== basename(current));
  const byAge = names.flatMap((name) => {
    const made = statSync(join(folder, name), { throwIfNoEntry: false });
    return made === undefined ? [] : [{ name, madeAt: made.mtimeMs, isUnfinished: name.includes(".") }];
  });
  byAge.sort((a, b) => b.madeAt - a.madeAt);
  const old = byAge.filter(({ isUnfinished }) => !isUnfinished).slice(keptBundles - 1);
  const left = byAge.filter(({ isUnfinished, madeAt }) => isUnfinished && madeAt < now() - 60 * MINUTE);
  for (const { name } of [...old, ...left]) rmSync(join(folder, name), { recursive: true, force: true });
}

/** What the other process said is the reason, not that it ended. */
function reasonOf(thrown: unknown): string {
  const said = thrown instanceof Error && "stderr" in thrown ? String(thrown.stderr).trim() : "";
  return said || messageOf(thrown);
}
