import type { Store } from "#/lib/store/db.ts";
import { loadAgentTypes } from "#/lib/store/load-runs.ts";
import { type Changes, saveRuns } from "#/lib/store/save-runs.ts";
import { storable } from "#/lib/store/storable.ts";
import { inTwoTrips } from "#/lib/store/trips.ts";

/** What stands in the way of a new run, or does not. */
export type Entrance = {
  /** The conversation to which the message id belongs. */
  readonly conversationOfMessage: string;
  /** The newest run of the message. */
  readonly known: { readonly id: string; readonly status: string; readonly trial: number } | null;
  /** A run of the conversation that is under way. */
  readonly busy: { readonly id: string } | null;
  readonly agentTypes: ReadonlySet<string>;
};

export type OpenedRun = {
  readonly run: {
    readonly id: string;
    readonly trial: number;
    readonly deadlineMs: number;
    readonly program: string | null;
  };
  readonly changes: Changes;
};

const LOCK_MS = 5_000;

/**
 * Enters a message and opens a run for it in one transaction. The conversation's row is locked first, so that its runs begin
 * one after another. `decide` sees what is there, and gives the run with its first tasks and events, or null to open none.
 */
export async function openRun(
  store: Store,
  message: { readonly id: string; readonly conversationId: string; readonly text: string; readonly title: string },
  decide: (entrance: Entrance) => OpenedRun | null,
): Promise<void> {
  const { id, conversationId, text, title } = message;
  await inTwoTrips(
    store,
    LOCK_MS,
    (sql) => [
      sql`insert into conversations (id, title) values (${conversationId}, ${storable(title)})
        on conflict (id) do update set updated_at = now()`,
      sql`insert into messages (id, conversation_id, text) values (${id}, ${conversationId}, ${storable(text)})
        on conflict do nothing`,
      sql<Standing[]>`
        select message.conversation_id as "conversationId", known.id as "knownId", known.status, known.trial, busy.id as "busyId"
        from messages message
          left join lateral (select id, status, trial from runs where message_id = message.id
            order by trial desc limit 1) known on true
          left join lateral (select id from runs where conversation_id = ${conversationId} and status = 'active'
            order by created_at desc limit 1) busy on true
        where message.id = ${id}`,
      loadAgentTypes(sql),
    ],
    (sql, _conversation, _message, [standing], agents) => {
      const opened = decide(entranceOf(standing, agents));
      if (opened === null) return [];
      const { run, changes } = opened;
      return [
        sql`insert into runs (id, conversation_id, message_id, trial, program, deadline_at)
          values (${run.id}, ${conversationId}, ${id}, ${run.trial}, ${run.program},
            now() + ${run.deadlineMs}::float8 * interval '1 millisecond')`,
        saveRuns(sql, changes),
      ];
    },
  );
}

type Standing = {
  readonly conversationId: string;
  readonly knownId: string | null;
  readonly status: string;
  readonly trial: number;
  readonly busyId: string | null;
};

function entranceOf(standing: Standing | undefined, agents: readonly { readonly type: string }[]): Entrance {
  const { conversationId = "", knownId = null, status = "", trial = 0, busyId = null } = standing ?? {};
  return {
    conversationOfMessage: conversationId,
    known: knownId === null ? null : { id: knownId, status, trial },
    busy: busyId === null ? null : { id: busyId },
    agentTypes: new Set(agents.map(({ type }) => type)),
  };
}
