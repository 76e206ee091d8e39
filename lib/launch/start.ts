import { existsSync } from "node:fs";
import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { checkSettings } from "#/lib/launch/check-settings.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { nodeEnvironment, nodeFlags } from "#/lib/launch/node-runtime.ts";

/**
 * `npm start`, and `npm start worker` where only work is done: becomes that process, as it stands in the bundle. It keeps
 * its number, its parent and its terminal, so that signals reach it as if it had been called itself.
 */
const [what = "launcher", ...rest] = process.argv.slice(2);
try {
  if (what === "launcher") await become("launcher");
  else if (what === "worker") await become("lone-workers");
  else if (what === "bundle") await bundle(rest);
  else throw new Error(`\`npm start ${what}\` is not known: it is \`npm start\` or \`npm start worker\`.`);
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
}

async function become(what: "launcher" | "lone-workers"): Promise<void> {
  // A file `.env` in the current folder adds what the environment does not say.
  if (existsSync(".env")) process.loadEnvFile(".env");
  // What cannot be used is said here: further on it would come with a trace of the bundle.
  checkSettings(env());
  const entry = entryIn(await ensureBundled(), what);
  const { execPath } = process;
  if (process.execve) process.execve(execPath, [execPath, ...nodeFlags, entry], childEnvironment(nodeEnvironment));
  else await import(entry);
}

/** What `ensureBundled` calls in a process of its own. */
async function bundle([root = "", folder = ""]: readonly string[]): Promise<void> {
  const { makeBundle } = await import("#/lib/launch/make-bundle.ts");
  await makeBundle(root, folder);
}
