import { z } from "zod";

/** The four phases of a run, in the order in which a run without trouble passes through them. */
export const phases = ["PLANNING", "EXECUTING", "VERIFYING", "LEARNING"] as const;

export const Phase = z.enum(phases);
export type Phase = z.infer<typeof Phase>;
