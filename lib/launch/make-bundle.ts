import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { bundledProcesses, bundledSources } from "#/lib/launch/bundle.ts";
import { filesBelow } from "#/lib/launch/fingerprint.ts";

/** They read files of their own at run time, or are there on some machines only. */
const external = ["next", "playwright", "esbuild", "@sparticuz/chromium", "canvas"];
const threads = /new Worker\(\s*new URL\("\.\/([a-z-]+)\.ts", import\.meta\.url\)/g;
const threadAddress = /(new URL\("\.\/[a-z-]+)\.ts(", import\.meta\.url\))/g;
/** Packages that are no ES modules call it. */
const requireForAll =
  'import { createRequire as makeRequire } from "node:module";const require = makeRequire(import.meta.url);';

/** Messages in sixty languages, which nobody asks for: 5 MB in every process. */
const englishOnly: Plugin = {
  name: "english-only",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    })),
};

/** The agents that there are now: who runs from this bundle knows these, whatever is written into the folder meanwhile. */
const theseAgents = (root: string): Plugin => ({
  name: "these-agents",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]agents[\\/]agent-files\.ts$/ }, () => {
      const files = filesBelow(root, "agents").filter((file) => /^agents\/(?!main\/)[^/]+\/agent\.ts$/.test(file));
      const entries = files.map((file) => `{ file: "${file}", load: () => import(${JSON.stringify(`#/${file}`)}) }`);
      return { contents: `export const agentFiles = () => [${entries.join(", ")}];`, resolveDir: join(root, "agents") };
    }),
});

/** Bundles the processes of the sources in `root`, and the threads that they start, into the folder. Throws what esbuild says. */
export async function makeBundle(root: string, folder: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { ...bundledProcesses, ...threadsIn(root) },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22.18",
    external,
    plugins: [englishOnly, theseAgents(root)],
    banner: { js: requireForAll },
    write: false,
    logLevel: "silent",
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of outputFiles) writeFileSync(path, text.replace(threadAddress, "$1.js$2"));
}

/** Whatever a source hands to `new Worker`. */
function threadsIn(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const file of bundledSources.folders.flatMap((folder) => filesBelow(root, folder))) {
    if (!file.endsWith(".ts") || file.endsWith(basename(import.meta.url))) continue;
    for (const [, name = ""] of readFileSync(join(root, file), "utf8").matchAll(threads)) {
      if (name in found) throw new Error(`two threads are called ${name}`);
      found[name] = join(file, "..", `${name}.ts`);
    }
  }
  return found;
}
