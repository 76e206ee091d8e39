import { sql } from "drizzle-orm";
import type { Db } from "#/lib/store/db.ts";
import { lessons } from "#/lib/store/schema.ts";
import { storable } from "#/lib/store/storable.ts";

export async function insertLesson(
  db: Db,
  lesson: { id: string; runId: string; lesson: string; tags: string[] },
): Promise<void> {
  await db.insert(lessons).values(storable(lesson));
}

/** Lessons that share words with the text, the closest first, without repeats. */
export async function findLessons(db: Db, text: string, limit: number): Promise<string[]> {
  const query = sql`replace(plainto_tsquery('english', ${text.slice(0, 2_000)})::text, '&', '|')::tsquery`;
  const rows = await db.execute<{ lesson: string }>(sql`
    select lesson, max(ts_rank(to_tsvector('english', lesson), ${query})) as rank
    from ${lessons}
    where to_tsvector('english', lesson) @@ ${query}
    group by lesson order by rank desc, lesson limit ${limit}`);
  return rows.map((row) => row.lesson);
}
