import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { runProgram } from "#/lib/launch/run-program.ts";

/**
 * Downloads a Debian (or Ubuntu) package with those packages that it needs and that are not installed, and unpacks them
 * into `folder`: no root, nothing installed, no service started. apt verifies what it downloads. When apt has no lists of
 * packages yet, they are fetched into a folder of our own. Throws `no-package` with apt's own words.
 */
export async function unpackDebianPackage(name: string, folder: string, say: (line: string) => void): Promise<void> {
  if (!existsSync("/usr/bin/apt-get")) throw new DeputyError("no-package", "this system has no apt to fetch one with");
  const work = resolve(`${folder}.${process.pid}`);
  say(`${name} is not installed: unpacking Debian's package below the data folder (the system stays as it is)`);
  try {
    mkdirSync(join(work, "packages"), { recursive: true });
    await downloadPackages(name, work, say);
    for (const file of readdirSync(join(work, "packages"))) {
      await run("dpkg", ["-x", join("packages", file), "root"], work);
    }
    await replace(folder, join(work, "root"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Every folder below an unpacked root that holds shared libraries, relative to it. */
export function libraryFolders(root: string): string[] {
  const present = ["lib", "usr/lib"].filter((folder) => existsSync(join(root, folder)));
  const nested = present.flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes("-linux-"))
      .map((entry) => join(folder, entry.name)),
  );
  return [...nested, ...present];
}

/** With the lists that the system has; with lists of our own where those are missing or too old for the archive. */
async function downloadPackages(name: string, work: string, say: (line: string) => void): Promise<void> {
  try {
    await download(name, work, []);
  } catch (thrown) {
    say(`${messageOf(thrown)}: fetching lists of packages and trying again`);
    const options = privateLists(work);
    await apt(["update"], options, work);
    await download(name, work, options);
  }
}

async function download(name: string, work: string, options: readonly string[]): Promise<void> {
  const packages = await missingPackages(name, options, work);
  await apt(["download", ...packages], options, join(work, "packages"));
}

/** What `apt-get install` would install, by name; the package itself even when the system believes it is there. */
async function missingPackages(name: string, options: readonly string[], work: string): Promise<string[]> {
  const lines = await apt(["install", "--simulate", "--no-install-recommends", "--reinstall", name], options, work);
  const names = lines.flatMap((line) => line.match(/^Inst (\S+) /)?.[1] ?? []);
  if (!names.includes(name)) throw new DeputyError("no-package", `apt knows no package ${name}`);
  return names;
}

/** Options that keep apt's lists and cache in a folder of our own; it must hold the folders that apt expects. */
function privateLists(work: string): string[] {
  const lists = join(work, "lists");
  const cache = join(work, "cache");
  mkdirSync(join(lists, "partial"), { recursive: true });
  mkdirSync(join(cache, "archives", "partial"), { recursive: true });
  return [`Dir::State::lists=${lists}`, `Dir::Cache=${cache}`];
}

/** As root, apt would download as another user, who may not be able to enter the folder: it stays root. */
function apt(args: readonly string[], options: readonly string[], cwd: string): Promise<readonly string[]> {
  const all = ["APT::Sandbox::User=root", "Debug::NoLocking=true", ...options].flatMap((option) => ["-o", option]);
  return run("apt-get", ["-qq", ...all, ...args], cwd);
}

/** Another launcher may have been faster: then its folder is as good as ours. */
async function replace(folder: string, unpacked: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rename(unpacked, folder).catch((thrown) => {
    if (!existsSync(folder)) throw thrown;
  });
}

async function run(command: string, args: readonly string[], cwd: string): Promise<readonly string[]> {
  const added = { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const { ok, reason, stdout, tail } = await runProgram(command, args, { cwd, env: childEnvironment(added) });
  if (ok) return stdout;
  throw new DeputyError("no-package", `${command} ${args.at(-1)}: ${tail.join(" ").trim() || reason}`);
}
