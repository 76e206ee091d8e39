import { z } from "zod";
import type { RegisteredCard } from "#/lib/protocol/agent.ts";

const Input = z.strictObject({ files: z.array(z.string()).min(1), depth: z.int().optional() });

/** An agent that says what INPUT it takes, as a worker would register it. */
export const reviewer: RegisteredCard = {
  type: "review",
  name: "review",
  description: "Reads a change",
  timeoutMs: 60_000,
  capabilities: [{ name: "review", description: "Reads a change and names its faults" }],
  inputSchema: { ...z.toJSONSchema(Input, { io: "input" }) },
};
