import type { Context } from "#/lib/run/context.ts";
import { type Artifact, findArtifact } from "#/lib/store/artifacts.ts";

/** A stored screenshot or file, null when there is none of this id. */
export function readArtifact(context: Context, id: string): Promise<Artifact | null> {
  return findArtifact(context.store.db, id);
}
