import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";

export type RunParams = { params: Promise<{ id: string }> };

const RunId = z.guid();

/** The id of a run out of the address; what cannot be one is unknown. */
export async function runIdOf({ params }: RunParams): Promise<string> {
  const { id } = await params;
  if (RunId.safeParse(id).success) return id.toLowerCase();
  throw runUnknown(id);
}

export function runUnknown(id: string): DeputyError {
  return new DeputyError("run-unknown", `There is no run ${id}. GET /api/runs or \`deputy runs\` lists the runs.`);
}
