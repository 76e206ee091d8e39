import { pino } from "pino";
import { env } from "#/lib/env.ts";

/** Structured logs on standard error, one JSON object a line. What a person reads stands in the conversation, not here. */
export const log = pino(
  {
    level: env().logLevel,
    base: { process: process.title.startsWith("deputy") ? process.title : "deputy", pid: process.pid },
    redact: { paths: ["*.apiKey", "*.password", "*.authorization", "apiKey", "password"], censor: "[redacted]" },
  },
  pino.destination(2),
);

export type Log = typeof log;
