import { open, readdir } from "node:fs/promises";
import { dirname, join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { type Reading, readWorkflow } from "#/lib/workflow/read-workflow.ts";
import { limits, WorkflowName } from "#/lib/workflow/schema.ts";

/** Where workflows are kept: those of the product, and the person's own. */
export type WorkflowFolders = { readonly shipped: string; readonly own: string };

/** A workflow is called as its file is, without the ending. */
export type WorkflowFile = { readonly name: string; readonly path: string; readonly isOwn: boolean };

const endings = [".yaml", ".yml", ".json"];
const productFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** `workflows` of the product, and `workflows` of the data folder (DEPUTY_DATA). */
export function workflowFolders(): WorkflowFolders {
  return { shipped: join(productFolder, "workflows"), own: resolve(productFolder, env().dataDir, "workflows") };
}

/** All there are, by name; a name that stands in both folders is the person's own. A folder that is not there is empty. */
export async function listWorkflows(folders: WorkflowFolders = workflowFolders()): Promise<WorkflowFile[]> {
  const [shipped, own] = await Promise.all([filesIn(folders.shipped, false), filesIn(folders.own, true)]);
  const byName = new Map([...shipped, ...own].map((file) => [file.name, file]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads a file; one that cannot be opened has that as its fault. Never takes more of it than a workflow may have. */
export async function readWorkflowFile(path: string): Promise<Reading & { readonly text: string }> {
  try {
    const text = await beginningOf(path);
    return { ...readWorkflow(text), text };
  } catch (thrown) {
    const message = `The file cannot be read: ${messageOf(thrown)}`;
    return { faults: [{ line: 1, column: 1, message }], warnings: [], text: "" };
  }
}

async function filesIn(folder: string, isOwn: boolean): Promise<WorkflowFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .sort()
    .map((file) => ({ ...parse(file), path: join(folder, file) }))
    .filter(({ name, ext }) => endings.includes(ext) && WorkflowName.safeParse(name).success)
    .map(({ name, path }) => ({ name, path, isOwn }));
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limits.bytes + 1), 0, limits.bytes + 1, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
