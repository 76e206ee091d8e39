import { cpus, totalmem } from "node:os";
import { tableLines } from "#/lib/cli/table.ts";
import type { Goal } from "#/test/bench/harness/bench.ts";
import type { Outcome, Result } from "#/test/bench/harness/contest.ts";
import { shown } from "#/test/bench/harness/figures.ts";

export type Report = {
  readonly command: string;
  readonly at: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
};

export function machine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 1_024 ** 3);
  return `${cpus().length} cores (${first?.model.trim() ?? "unknown"}), ${gigabytes} GB, ${process.platform} ${process.arch}`;
}

/** The table on the terminal. */
export function terminalReport(outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => [heading(outcome), ...tableLines(rowsOf(outcome))].join("\n")).join("\n\n");
}

/** The same for docs/performance.md. */
export function markdownReport(outcomes: readonly Outcome[]): string {
  return outcomes.map(markdownOutcome).join("\n\n");
}

function markdownOutcome(outcome: Outcome): string {
  const [head = [], ...rows] = rowsOf(outcome);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
  const notes = outcome.notes.map((note) => `- ${note}`).join("\n");
  return [`### ${outcome.name}`, `${outcome.title}.`, table, notes].filter(Boolean).join("\n\n");
}

function heading({ name, title }: Outcome): string {
  return `${name}: ${title}`;
}

function rowsOf({ peer, results }: Outcome): string[][] {
  const head = ["", "unit", "Deputy", ...(peer === null ? [] : [peer, "ratio"]), "goal", ""];
  const row = (result: Result) => [
    result.label,
    result.unit,
    shown(result.ours),
    ...(peer === null ? [] : [shown(result.peer ?? Number.NaN), shown(result.ratio ?? Number.NaN)]),
    result.goal ? goalText(result.goal) : "",
    result.met === null ? "" : result.met ? "met" : "missed",
  ];
  return [head, ...results.map(row)];
}

function goalText(goal: Goal): string {
  const bound = "atLeast" in goal ? `at least ${shown(goal.atLeast)}` : `at most ${shown(goal.atMost)}`;
  return goal.of === "times" ? `${bound} times` : bound;
}
