import { eq } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Db } from "#/lib/store/db.ts";
import { artifacts } from "#/lib/store/schema.ts";

export type Artifact = typeof artifacts.$inferSelect;

export function insertArtifact(sql: Pick<Sql, "unsafe">, artifact: Omit<Artifact, "createdAt">) {
  const { id, runId, taskId, kind, name, mediaType, body } = artifact;
  return sql.unsafe(
    "insert into artifacts (id, run_id, task_id, kind, name, media_type, body) values ($1, $2, $3, $4, $5, $6, $7)",
    [id, runId, taskId, kind, name, mediaType, Buffer.from(body)],
  );
}

export async function findArtifact(db: Db, id: string): Promise<Artifact | null> {
  const [row] = await db.select().from(artifacts).where(eq(artifacts.id, id));
  return row ?? null;
}
