import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ticks } from "#/lib/clock.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";

/**
 * `npm run check`: everything that needs no service, one line a step; all of them run, whatever the first ones say.
 * `-- --without-tests` leaves the unit tests to whoever runs all tests anyway.
 */
const root = fileURLToPath(new URL("..", import.meta.url));

/** What a step has to say against the sources; null when all is well. */
type Step = { readonly name: string; readonly run: () => string | null };

const steps: readonly Step[] = [
  { name: "format and lint", run: () => tool("@biomejs/biome/bin/biome", ["ci", "--colors=off", "."]) },
  { name: "types", run: () => tool("typescript/bin/tsc", ["--noEmit"]) },
  { name: "unused code and packages", run: () => tool("knip/bin/knip.js", ["--config", "test/knip.json"]) },
  { name: "lock file", run: checkLock },
  {
    name: "architecture and unit tests",
    run: () => tool("vitest/vitest.mjs", ["run", "--config", "test/vitest.config.ts", "--project", "unit"]),
  },
];

const isWanted = ({ name }: Step) => !(process.argv.includes("--without-tests") && name.endsWith("unit tests"));
process.exitCode = steps
  .filter(isWanted)
  .map(runStep)
  .every((passed) => passed)
  ? 0
  : 1;

function runStep({ name, run }: Step): boolean {
  const startedAt = ticks();
  const fault = run();
  const seconds = ((ticks() - startedAt) / 1_000).toFixed(1).padStart(6);
  if (fault !== null) console.log(fault.trimEnd());
  console.log(`${fault === null ? "ok    " : "FAILED"} ${seconds} s  ${name}`);
  return fault === null;
}

function tool(path: string, args: readonly string[]): string | null {
  const run = spawnSync(process.execPath, [join("node_modules", path), ...args], {
    cwd: root,
    env: childEnvironment({ NO_COLOR: "1" }),
    encoding: "utf8",
    maxBuffer: 50_000_000,
  });
  return run.status === 0 ? null : `${run.stdout}${run.stderr}${run.error?.message ?? ""}`;
}

/** It must name no registry's host, and hold what package.json asks for. */
function checkLock(): string | null {
  const lock: { packages: Record<string, Record<string, unknown>> } = parsed("package-lock.json");
  const asked: Record<string, unknown> = parsed("package.json");
  const resolved = Object.entries(lock.packages).filter(([, entry]) => "resolved" in entry);
  const fields = ["dependencies", "devDependencies", "optionalDependencies"];
  const stale = fields.filter((field) => JSON.stringify(lock.packages[""]?.[field]) !== JSON.stringify(asked[field]));
  const faults = [
    ...resolved.map(([path]) => `package-lock.json names an address for ${path}: run \`npm run lock\``),
    ...stale.map((field) => `package-lock.json does not hold the ${field} of package.json: run \`npm install\``),
  ];
  return faults.length === 0 ? null : faults.join("\n");
}

function parsed(file: string) {
  return JSON.parse(readFileSync(join(root, file), "utf8"));
}
