import { z } from "zod";

/** Why a block did not run. The first group is the parser's and the gate's, in the order in which faults are named. */
export const refusalCodes = [
  "too-large",
  "too-many",
  "truncated",
  "unterminated",
  "not-allowed-in-PLANNING",
  "not-allowed-in-EXECUTING",
  "not-allowed-in-VERIFYING",
  "not-allowed-in-LEARNING",
  "not-allowed-for-user",
  "duplicate-field",
  "unknown-field",
  "missing-field",
  "bad-value",
  "unknown-agent",
  "duplicate-id",
  "unknown-dependency",
  "cycle",
  "budget",
  "depth",
  "tainted",
  "task-started",
  "orchestration-off",
] as const;

export const RefusalCode = z.enum(refusalCodes);
export type RefusalCode = z.infer<typeof RefusalCode>;
