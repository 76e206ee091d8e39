import { numberEvidence } from "#/lib/actions/evidence.ts";
import { oneLine } from "#/lib/cli/terminal.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Source, TaskResult } from "#/lib/protocol/result.ts";

const citation = /\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]/g;

/** The evidence of a run, numbered as its answer cites it. */
export class Sources {
  readonly #results: TaskResult[] = [];

  take(event: RunEvent): void {
    if (event.type === "task.completed" && event.agent !== "main") this.#results.push(event.data.result);
  }

  /** One line for each number that the answer cites, `[n] title - heading - origin`, in rising order. */
  linesFor(answer: string): string[] {
    const evidence = numberEvidence(this.#results).flat();
    return citedNumbers(answer).flatMap((n) => {
      const cited = evidence.find((one) => one.n === n);
      return cited ? [`[${n}] ${nameOf(cited.source)}`] : [];
    });
  }
}

function citedNumbers(answer: string): number[] {
  const numbers = [...answer.matchAll(citation)].flatMap((match) => (match[1] ?? "").split(",").map(Number));
  return [...new Set(numbers)].sort((left, right) => left - right);
}

function nameOf({ title, heading, origin }: Source): string {
  return [title, heading.join(" > "), origin]
    .map((part) => oneLine(part, 300))
    .filter((part) => part !== "")
    .join(" - ");
}
