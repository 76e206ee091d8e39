import type { Bench, Contender, Figure, Goal, Stage, Values } from "#/test/bench/harness/bench.ts";
import { median, shown } from "#/test/bench/harness/figures.ts";

export type Result = Figure & {
  readonly ours: number;
  readonly peer: number | null;
  /** Ours divided by the peer's. */
  readonly ratio: number | null;
  readonly met: boolean | null;
};

export type Outcome = {
  readonly name: string;
  readonly title: string;
  readonly peer: string | null;
  readonly results: readonly Result[];
  readonly notes: readonly string[];
  /** Every round of every contender, in the order in which they were run. */
  readonly rounds: readonly { readonly contender: string; readonly values: Values }[];
};

/** All contenders in every round, in turn, the first one changing; medians over the rounds. */
export async function contest(
  bench: Bench,
  stage: Stage,
  rounds: number,
  say: (line: string) => void,
): Promise<Outcome> {
  await bench.prepare?.(say);
  const contenders = [...(bench.peer ? [bench.peer] : []), bench.ours];
  const taken: { contender: string; values: Values }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      await stage.servers.emptyRedis();
      const values = await contender.round(stage);
      taken.push({ contender: contender.name, values });
      say(`${bench.name} ${round + 1}/${rounds} ${contender.name}: ${valuesLine(bench, values)}`);
    }
  }
  const { name, title, notes, figures, peer } = bench;
  const middle = (who: Contender, key: string) =>
    median(taken.flatMap(({ contender, values }) => (contender === who.name ? (values[key] ?? []) : [])));
  const results = figures.map((figure) =>
    resultOf(figure, middle(bench.ours, figure.key), peer ? middle(peer, figure.key) : Number.NaN),
  );
  return { name, title, peer: peer?.name ?? null, results, notes, rounds: taken };
}

function resultOf(figure: Figure, ours: number, peer: number): Result {
  const ratio = ours / peer;
  const judged = figure.goal?.of === "times" ? ratio : ours;
  const met = figure.goal && Number.isFinite(judged) ? isMet(figure.goal, judged) : null;
  return { ...figure, ours, peer: finite(peer), ratio: finite(ratio), met };
}

function isMet(goal: Goal, value: number): boolean {
  return "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function valuesLine({ figures }: Bench, values: Values): string {
  const told = figures.filter(({ key }) => values[key] !== undefined);
  return told.map(({ key, label, unit }) => `${label} ${shown(values[key] ?? Number.NaN)} ${unit}`.trim()).join(", ");
}
