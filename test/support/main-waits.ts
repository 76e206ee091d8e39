import type { Store } from "#/lib/store/db.ts";
import { until } from "#/test/support/until.ts";

/** Until the main agent that delegated this task has ended its turn, and waits: what fails before that it is not asked about. */
export async function untilMainWaits({ sql }: Store, task: string): Promise<void> {
  const waits = async () => {
    const found = await sql`
      select from events created join tasks root on root.run_id = created.run_id and root.parent_id is null
      where created.type = 'task.created' and created.data ->> 'task' = ${task} and root.status = 'waiting'`;
    return found.length > 0;
  };
  await until(waits, { what: "the main agent to wait" });
}
