import { entryVersion } from "#/lib/stream/ring.ts";

/** What an entry says once it was found to be ours: which task is due. The claim checks both. */
export type Told = { readonly taskId: string; readonly hash: string };

/** Why an entry is not obeyed: nothing of ours, of another version, too large, or of our version and not in its form. */
export type Refusal = "foreign" | "unknown-version" | "oversized" | "malformed";

/** A task's id and a hash are 100 bytes: what is larger is not ours. */
const MAX_BYTES = 1_024;

/** Reads the fields of an entry; `null` are those of one that was deleted while it was pending. */
export function readFields(fields: readonly string[] | null): Told | Refusal {
  if (fields === null || fields.length === 0) return "malformed";
  if (sizeOf(fields) > MAX_BYTES) return "oversized";
  const [v, version, task, taskId, hash, value] = fields;
  if (v !== "v") return "foreign";
  if (version !== entryVersion) return "unknown-version";
  const isWhole = fields.length === 6 && task === "task" && hash === "hash";
  return isWhole && taskId && value ? { taskId, hash: value } : "malformed";
}

function sizeOf(fields: readonly string[]): number {
  let bytes = 0;
  for (const field of fields) bytes += Buffer.byteLength(field);
  return bytes;
}
