import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { startNodeChild } from "#/lib/launch/node-child.ts";
import { nodeEnvironment, nodeFlags } from "#/lib/launch/node-runtime.ts";
import { choosePort, HOST } from "#/lib/launch/port.ts";
import { runProgram } from "#/lib/launch/run-program.ts";
import type { Member } from "#/test/bench/harness/member.ts";

export type NextServer = Pick<Member, "pid" | "stop"> & { readonly url: string };

const projectRoot = fileURLToPath(new URL("../../..", import.meta.url));
const next = join("node_modules", "next", "dist", "bin", "next");
const READY_MS = 30_000;

/** The product's web process as the launcher starts it; built first where needed. */
export async function startWeb(env: Record<string, string>): Promise<NextServer> {
  await ensureBuilt(console.error, () => undefined);
  const entry = entryIn(await ensureBundled(), "web");
  return startServer((port) => [...nodeFlags, entry, HOST, port], { ...nodeEnvironment, ...env });
}

/** `next start` for the application in this folder of the project, once it answers. */
export function startNext(folder: string): Promise<NextServer> {
  return startServer((port) => [next, "start", folder, "--hostname", HOST, "--port", port]);
}

async function startServer(
  argsFor: (port: string) => readonly string[],
  env: Record<string, string> = {},
): Promise<NextServer> {
  const port = await choosePort(0);
  let ended: string | undefined;
  const child = await startNodeChild({
    args: argsFor(String(port)),
    added: { DEPUTY_LOG: "error", ...env, PORT: String(port) },
    graceMs: 5_000,
    onLine: (line, from) => from === "stderr" && console.error(line),
    onExit: (reason) => {
      ended = reason;
    },
  });
  const url = `http://${HOST}:${port}`;
  for (const until = performance.now() + READY_MS; !(await answers(url)); await pause(50)) {
    if (ended !== undefined || performance.now() > until) throw new Error(`a web server did not start: ${ended}`);
  }
  return { pid: child.pid, url, stop: child.stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/api/nothing`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/**
 * A production build of an application whose `app` folder is this folder of test/bench, made aside so that Next writes
 * nothing into the sources. Gives its folder, for `startNext`.
 */
export async function buildPeer(appFolder: string): Promise<string> {
  const folder = join(projectRoot, ".data", "bench", appFolder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(projectRoot, "test", "bench", appFolder), join(folder, "app"), { recursive: true });
  const layout = "export default ({ children }) => <html><body>{children}</body></html>;\n";
  await writeFile(join(folder, "app", "layout.jsx"), layout);
  const config = { compress: false, typescript: { ignoreBuildErrors: true }, turbopack: { root: projectRoot } };
  await writeFile(join(folder, "next.config.mjs"), `export default ${JSON.stringify(config)};\n`);
  const { ok, tail } = await runProgram(process.execPath, [next, "build", folder], {
    cwd: projectRoot,
    env: childEnvironment({ NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" }),
  });
  if (!ok) throw new Error(`the peer could not be built:\n${tail.join("\n")}`);
  return relative(projectRoot, folder);
}
