import type { Servers } from "#/test/bench/harness/servers.ts";

/** What a contender is given for one round. */
export type Stage = { readonly servers: Servers; readonly seconds: number };

/** One round's values by the key of their figure. What a contender does not measure is absent. */
export type Values = Readonly<Record<string, number>>;

export type Contender = {
  readonly name: string;
  /** Starts fresh processes, measures, and stops them. Throws when what was measured was not right. */
  round(stage: Stage): Promise<Values>;
};

/** `times`: of the peer's value, `is`: of ours itself. */
export type Goal =
  | { readonly atLeast: number; readonly of: "times" | "is" }
  | { readonly atMost: number; readonly of: "times" | "is" };

export type Figure = { readonly key: string; readonly label: string; readonly unit: string; readonly goal?: Goal };

export type Bench = {
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly title: string;
  readonly ours: Contender;
  readonly peer?: Contender;
  readonly figures: readonly Figure[];
  /** What a reader must know to judge the figures fairly. */
  readonly notes: readonly string[];
  /** What the rounds share, such as a build; called once before the first. */
  prepare?(say: (line: string) => void): Promise<void>;
};
