import { z } from "zod";

/**
 * Every setting, read once from the environment. All faults are reported in one message. docs/configuration.md and
 * .env.example describe the same list; test/env.test.ts compares the three.
 */
const count = (fallback: number, min = 1, max = 1_000_000_000) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
/** A timer waits for 2^31 - 1 ms (24 days) at most; a longer one would end at once. */
const MOST_SECONDS = 2_000_000;
const seconds = (fallback: number) => count(fallback, 1, MOST_SECONDS);
const isPause = (text: string) => text.trim() !== "" && Number(text) >= 0 && Number(text) <= MOST_SECONDS;

const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );

/** `browser>knowledge,planner>knowledge`: who takes over while an agent's breaker is open. */
const fallbacks = list.transform((pairs, context) =>
  pairs.flatMap((pair) => {
    const [, from, to] = /^([a-z]+)\s*>\s*([a-z]+)$/.exec(pair) ?? [];
    if (from !== undefined && to !== undefined && from !== to) return { from, to };
    context.addIssue(`"${pair}" is not of the form browser>knowledge, with two different agent types`);
    return [];
  }),
);

export const settings = {
  DATABASE_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  PORT: count(3000, 0, 65_535),
  DEPUTY_DATA: z.string().default(".data"),
  DEPUTY_URL: z.string().optional(),
  DEPUTY_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]{1,40}$/)
    .default("deputy"),
  DEPUTY_WORKER_ID: z.string().max(100).optional(),
  DEPUTY_WORKERS: count(1, 0, 64),
  DEPUTY_LEASE_SECONDS: z.coerce.number().min(0.5).max(60).default(1.5),
  DEPUTY_LOG: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  DEPUTY_HOSTS: list,
  DEPUTY_ALLOW_HOSTS: list,
  CHROMIUM_PATH: z.string().optional(),
  REDIS_SERVER_PATH: z.string().optional(),

  OPENAI_API_KEY: z.string().optional(),
  LLM_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
  DEPUTY_MODEL_API: z.enum(["chat", "responses"]).optional(),
  DEPUTY_MODEL_FAST: z.string().optional(),
  DEPUTY_MODEL_STANDARD: z.string().optional(),
  DEPUTY_MODEL_LARGE: z.string().optional(),
  DEPUTY_MODEL_EXPERT: z.string().optional(),
  DEPUTY_MODEL_FIRST_TOKEN_SECONDS: seconds(60),
  DEPUTY_MODEL_STALL_SECONDS: seconds(30),
  DEPUTY_MODEL_FALLBACK: list,
  DEPUTY_AGENT_FALLBACK: fallbacks,
  DEPUTY_BREAKER_FAILURES: count(5),
  DEPUTY_BREAKER_SECONDS: seconds(60),

  DEPUTY_ORCHESTRATION: z.enum(["on", "off"]).default("on"),
  DEPUTY_MAX_TASKS: count(32),
  DEPUTY_MAX_DEPTH: count(3, 1, 10),
  DEPUTY_MAX_TURNS: count(10),
  DEPUTY_MAX_LIVE_TASKS: count(5),
  DEPUTY_MAX_ATTEMPTS: count(3),
  DEPUTY_MAX_RESULT_BYTES: count(1_048_576),
  DEPUTY_MAX_TOKENS: count(0, 0),
  DEPUTY_MAX_COST_USD: z.coerce.number().min(0).default(0),
  DEPUTY_RUN_MINUTES: count(30, 1, Math.floor(MOST_SECONDS / 60)),
  DEPUTY_TASK_SECONDS: seconds(300),
  DEPUTY_BROWSER_SECONDS: seconds(180),
  DEPUTY_RETRY_SECONDS: z
    .string()
    .default("1,5,25")
    .refine((text) => text.split(",").every(isPause), "must be numbers of seconds, such as 1,5,25")
    .transform((text) => text.split(",").map(Number)),
} as const;

const shape = z.object(settings);

export type Env = ReturnType<typeof parseEnv>;

/** Throws one Error that names every setting that is wrong. Empty values count as absent. */
export function parseEnv(source: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = shape.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`These settings cannot be used (see docs/configuration.md):\n${faults.join("\n")}`);
  }
  const e = parsed.data;
  return Object.freeze({
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    port: e.PORT,
    dataDir: e.DEPUTY_DATA,
    /** Where the command line finds the running server. */
    serverUrl: e.DEPUTY_URL ?? `http://127.0.0.1:${e.PORT}`,
    prefix: e.DEPUTY_PREFIX,
    /** Given by a supervisor that reports this worker's exit; else made up at start. */
    workerId: e.DEPUTY_WORKER_ID,
    /** Worker processes that the launcher starts. */
    workers: e.DEPUTY_WORKERS,
    /** How long a worker may stay silent before its tasks are given to others. */
    leaseMs: e.DEPUTY_LEASE_SECONDS * 1_000,
    logLevel: e.DEPUTY_LOG,
    /** Host names by which this server may be addressed, besides loopback ones. */
    hosts: e.DEPUTY_HOSTS,
    /** Host names or addresses that agents may reach although they are private. */
    allowHosts: e.DEPUTY_ALLOW_HOSTS,
    /** No model is configured: the rule-based stand-in answers. */
    offline: (e.OPENAI_API_KEY ?? e.LLM_API_KEY ?? e.OPENAI_BASE_URL) === undefined,
    chromiumPath: e.CHROMIUM_PATH,
    redisServerPath: e.REDIS_SERVER_PATH,
    model: {
      apiKey: e.OPENAI_API_KEY ?? e.LLM_API_KEY,
      baseUrl: e.OPENAI_BASE_URL,
      api: e.DEPUTY_MODEL_API,
      fast: e.DEPUTY_MODEL_FAST,
      standard: e.DEPUTY_MODEL_STANDARD,
      large: e.DEPUTY_MODEL_LARGE,
      expert: e.DEPUTY_MODEL_EXPERT,
      firstTokenMs: e.DEPUTY_MODEL_FIRST_TOKEN_SECONDS * 1_000,
      stallMs: e.DEPUTY_MODEL_STALL_SECONDS * 1_000,
      /** Names of models that are tried, in this order, while the tier's own has an open breaker. */
      fallback: e.DEPUTY_MODEL_FALLBACK,
      breaker: { failures: e.DEPUTY_BREAKER_FAILURES, openMs: e.DEPUTY_BREAKER_SECONDS * 1_000 },
    },
    /** False: the main agent answers alone, and nothing is delegated. */
    orchestration: e.DEPUTY_ORCHESTRATION === "on",
    agentFallback: e.DEPUTY_AGENT_FALLBACK,
    breaker: { failures: e.DEPUTY_BREAKER_FAILURES, openMs: e.DEPUTY_BREAKER_SECONDS * 1_000 },
    budgets: {
      tasks: e.DEPUTY_MAX_TASKS,
      /** Tasks below tasks: what the main agent delegates has depth 1. */
      depth: e.DEPUTY_MAX_DEPTH,
      turns: e.DEPUTY_MAX_TURNS,
      liveTasks: e.DEPUTY_MAX_LIVE_TASKS,
      attempts: e.DEPUTY_MAX_ATTEMPTS,
      resultBytes: e.DEPUTY_MAX_RESULT_BYTES,
      /** Tokens of all model calls of a run; 0: as many as it takes. */
      tokens: e.DEPUTY_MAX_TOKENS,
      /** US dollars of all model calls of a run; 0: as much as it takes. */
      costUsd: e.DEPUTY_MAX_COST_USD,
      runMs: e.DEPUTY_RUN_MINUTES * 60_000,
      taskMs: e.DEPUTY_TASK_SECONDS * 1_000,
      browserMs: e.DEPUTY_BROWSER_SECONDS * 1_000,
      /** Pause before the second, third, ... attempt. */
      retryMs: e.DEPUTY_RETRY_SECONDS.map((seconds) => seconds * 1_000),
    },
  });
}

let current: Env | undefined;

/** The settings of this process, parsed at the first call (so that a build needs none). */
export function env(): Env {
  current ??= parseEnv(process.env);
  return current;
}
