import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

/** A copy of the product with one more agent, whose worker only says which agents it has. */
let root: string;

const review = `
import type { Agent } from "#/agents/agent.ts";
import { MINUTE } from "#/lib/clock.ts";

export const review: Agent = {
  type: "review",
  name: "Review",
  description: "Checks another's work.",
  capabilities: [],
  timeoutMs: MINUTE,
  concurrency: 1,
  execute: async () => ({ text: "fine", evidence: [], artifacts: [] }),
};
`;
const worker = `
import { loadAgents } from "#/agents/registry.ts";
console.log((await loadAgents()).map(({ type }) => type).join(" "));
`;

beforeEach(() => {
  root = temporaryFolder();
  for (const part of ["agents", "lib", "app/server.ts", "package.json", "tsconfig.json"])
    cpSync(join(projectRoot, part), join(root, part), { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "agents", "review"));
  writeFileSync(join(root, "agents", "review", "agent.ts"), review);
  writeFileSync(join(root, "agents", "worker.ts"), worker);
});

const said = (entry: string) => execFileSync(process.execPath, [entry], { env: plainEnvironment, encoding: "utf8" });

test("one new file is one more agent of a worker that runs from its sources", () => {
  expect(said(join(root, "agents", "worker.ts"))).toBe("browser knowledge planner review\n");
});

test("one new file is one more agent of a worker that runs from a bundle, and one that came later is none", async () => {
  const bundle = await ensureBundled(root);
  mkdirSync(join(root, "agents", "debug"));
  writeFileSync(join(root, "agents", "debug", "agent.ts"), review.replace('"review"', '"debug"'));
  expect(said(entryIn(bundle, "worker"))).toBe("browser knowledge planner review\n");
});
