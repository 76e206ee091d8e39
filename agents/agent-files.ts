import { existsSync, readdirSync } from "node:fs";

/** A file that is expected to export an agent; `load` throws what the module throws. */
export type AgentFile = { readonly file: string; readonly load: () => Promise<Record<string, unknown>> };

/**
 * The `agent.ts` of every folder below the given one, by name, but that of `main`, which no task is handed to. In a bundle
 * this module is replaced by one that names the folders which there were when it was made: see lib/launch/make-bundle.ts.
 */
export function agentFiles(folder: URL = new URL(".", import.meta.url)): AgentFile[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "main")
    .map((entry) => entry.name)
    .sort();
  return names.flatMap((name) => {
    const address = new URL(`${name}/agent.ts`, folder);
    return existsSync(address)
      ? [{ file: `agents/${name}/agent.ts`, load: () => import(/* @vite-ignore */ address.href) }]
      : [];
  });
}
