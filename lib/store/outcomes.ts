import { answered } from "#/lib/store/answered.ts";
import type { Store } from "#/lib/store/db.ts";

/** What the log says of a task: its words, and how it ended. */
export type OutcomeRow = {
  readonly id: string;
  /** Data of its `task.created` event. */
  readonly created: unknown;
  /** Type and data of the event that says how it ended; null while it is open. */
  readonly type: string | null;
  readonly data: unknown;
};

/** In no order. Tasks that do not exist are missing. */
export function readOutcomes(store: Store, taskIds: readonly string[]): Promise<OutcomeRow[]> {
  return answered(
    store,
    "hot",
    (sql) => sql<OutcomeRow[]>`
      select task.id, created.data as created, settled.type, settled.data
      from tasks task
        left join events created on created.run_id = task.run_id and created.seq = task.created_seq
        left join events settled on settled.run_id = task.run_id and settled.seq = task.settled_seq
      where task.id = any(${[...taskIds]}::uuid[])`,
  );
}
