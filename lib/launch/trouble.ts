import { z } from "zod";

const WARN = 40;
const names: Record<number, string> = { 40: "warning", 50: "error", 60: "fatal" };

const LogLine = z.object({
  level: z.number(),
  msg: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
  error: z.string().optional(),
});

/**
 * What a person at the terminal should see of a line that web or worker wrote: log entries from level "warn" on, and
 * whatever else is on standard error; null for the rest.
 */
export function troubleIn(line: string, from: "stdout" | "stderr"): string | null {
  const entry = parse(line);
  if (entry === null) return from === "stderr" && line.trim() !== "" ? line : null;
  if (entry.level < WARN) return null;
  const text = [entry.msg, entry.err?.message ?? entry.error].filter(Boolean).join(": ");
  return `${names[entry.level] ?? "warning"}: ${text}`;
}

function parse(line: string): z.infer<typeof LogLine> | null {
  if (!line.startsWith("{")) return null;
  try {
    return LogLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
