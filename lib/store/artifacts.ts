import { eq } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { artifacts } from "#/lib/store/schema.ts";

export type Artifact = typeof artifacts.$inferSelect;

export async function insertArtifact(db: Db, artifact: Omit<Artifact, "createdAt">): Promise<void> {
  await db.insert(artifacts).values(artifact);
}

export async function findArtifact(db: Db, id: string): Promise<Artifact | null> {
  const [row] = await db.select().from(artifacts).where(eq(artifacts.id, id));
  return row ?? null;
}
