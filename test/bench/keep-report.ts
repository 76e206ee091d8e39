import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownReport, type Report } from "#/test/bench/harness/report.ts";

const page = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const begin = "<!-- begin: written by npm run bench -- --write -->";
const end = "<!-- end -->";

/** Puts the report between the two marks of docs/performance.md, in place of the one before. */
export function keepReport(report: Report): void {
  const [before, rest] = readFileSync(page, "utf8").split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks`);
  writeFileSync(page, `${before}${begin}\n\n${text(report)}\n\n${end}${after}`);
}

function text({ command, at, machine, versions, rounds, seconds, outcomes }: Report): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const how = `${rounds} rounds of ${seconds} s, medians. ${machine}; ${named.join(", ")}.`;
  return [`\`${command}\`, ${at.slice(0, 10)}: ${how}`, markdownReport(outcomes)].join("\n\n");
}
