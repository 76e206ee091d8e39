import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Db } from "#/lib/store/db.ts";
import { lessons } from "#/lib/store/schema.ts";
import { storable } from "#/lib/store/storable.ts";

export function insertLesson(
  sql: Pick<Sql, "unsafe">,
  lesson: { id: string; runId: string; lesson: string; tags: string[] },
) {
  const { id, runId, lesson: text, tags } = storable(lesson);
  return sql.unsafe("insert into lessons (id, run_id, lesson, tags) values ($1, $2, $3, $4)", [id, runId, text, tags]);
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
