import type { Sql } from "postgres";
import { agentNames } from "#/lib/protocol/agent.ts";
import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import { connect } from "#/lib/store/connect.ts";
import { openStore } from "#/lib/store/db.ts";
import { readEvents } from "#/lib/store/events.ts";
import { consumerGroup, priorities, streamKey } from "#/lib/stream/keys.ts";
import { hashOf } from "#/test/faults/follower.ts";
import { judgeRun } from "#/test/faults/judge-run.ts";
import type { Asked } from "#/test/faults/load.ts";
import { withRedis } from "#/test/faults/servers.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { until } from "#/test/support/until.ts";

/** What the invariants say of a fault: `problems` is empty when all hold. */
export type Verdict = {
  readonly problems: readonly string[];
  readonly runs: number;
  /** Delegated tasks that were completed. */
  readonly tasks: number;
  readonly events: number;
  /** Times that a viewer left and came back. */
  readonly resumed: number;
};

const DRAINED_WITHIN_MS = 20_000;
/** Behind a soak of an hour there are a million events. */
const LOOK_WITHIN_MS = 600_000;
const MOST_DUMPS = 3;

/**
 * I1 every accepted run has one terminal event, and it is the last. I2 no task is lost. I3 one stored result a task, brought
 * by the holder of its claim. I4 numbers have no gap, both viewers saw exactly what is stored. I5 model and agents were called
 * no more often than turns and claims allow. I6 nothing is left in progress, and nothing pending in Redis.
 */
export async function checkInvariants(stack: Stack): Promise<Verdict> {
  const sql = connect(stack.databaseUrl, 2, { statement_timeout: LOOK_WITHIN_MS });
  const store = openStore(stack.databaseUrl, { max: 2 });
  const problems: string[] = [];
  const dumps: string[] = [];
  let tasks = 0;
  let events = 0;
  try {
    for (const asked of stack.ledger) {
      if (asked.runId === undefined) continue;
      const log = await readEvents(store.db, asked.runId);
      const found = [...judgeRun(log, asked.order, stack.effects, stack.allow), ...judgeViewers(asked, log)];
      tasks += log.filter(({ type }) => type === "task.completed").length;
      events += log.length;
      problems.push(...found.map((problem) => `run ${asked.runId} (${asked.order.nonce}): ${problem}`));
      if (found.length > 0 && dumps.length < MOST_DUMPS) dumps.push(dumpOf(asked, log));
    }
    problems.push(...(await judgeTables(sql, stack)), ...(await judgeRedis(stack)));
  } finally {
    await Promise.all([sql.end({ timeout: 5 }), store.close()]);
  }
  const runs = stack.ledger.filter(({ endedAt }) => endedAt !== undefined).length;
  const resumed = stack.ledger.flatMap(({ followed }) => followed).reduce((sum, one) => sum + one.resumed, 0);
  return { problems: [...problems, ...dumps], runs, tasks, events, resumed };
}

function judgeViewers({ followed }: Asked, log: readonly RunEvent[]): string[] {
  const stored = log.map(hashOf);
  return followed.flatMap(({ hashes }, viewer) => {
    const at = stored.findIndex((hash, index) => hash !== hashes[index]);
    if (at === -1 && hashes.length === stored.length) return [];
    const where = at === -1 ? stored.length : at;
    return [
      `viewer ${viewer + 1} saw ${hashes.length} of ${stored.length} events and differs from number ${where + 1}`,
    ];
  });
}

/** What must give no row, whoever asked for the run. */
async function judgeTables(sql: Sql, { ledger }: Stack): Promise<string[]> {
  const said = (what: string, rows: readonly object[]) =>
    rows.length === 0
      ? []
      : [`${rows.length}${rows.length === 20 ? " or more" : ""} ${what}: ${JSON.stringify(rows.slice(0, 3))}`];
  const ends = sql`type in ('run.completed', 'run.failed', 'run.cancelled')`;
  const known = new Set(ledger.map(({ runId }) => runId));
  const runs = await sql<{ id: string }[]>`select id from runs`;
  return [
    ...said("runs that nobody asked for", runs.filter(({ id }) => !known.has(id)).slice(0, 20)),
    ...said("runs that have not ended", await sql`select id, last_seq from runs where status = 'active' limit 20`),
    ...said(
      "runs whose numbers have a gap",
      await sql`select r.id, r.last_seq, count(e.seq), max(e.seq) from runs r left join events e on e.run_id = r.id
        group by r.id having count(e.seq) <> r.last_seq or coalesce(max(e.seq), 0) <> r.last_seq limit 20`,
    ),
    ...said(
      "runs without exactly one end as their last event",
      await sql`select r.id from runs r left join events e on e.run_id = r.id and ${ends}
        group by r.id having count(*) <> 1 or max(e.seq) <> r.last_seq limit 20`,
    ),
    ...said(
      "tasks that are not settled",
      await sql`select id, run_id, ref, status, worker_id from tasks where status in ('pending', 'in_progress', 'waiting') limit 20`,
    ),
    ...said(
      "tasks whose status and events disagree",
      await sql`select t.id, t.run_id, t.ref, t.status, count(e.seq) from tasks t left join events e
        on e.run_id = t.run_id and e.task_id = t.id and e.type = 'task.completed' where t.parent_id is not null
        group by t.id, t.run_id, t.ref, t.status having count(e.seq) <> (case t.status when 'completed' then 1 else 0 end) limit 20`,
    ),
  ];
}

/** Pending entries go away by themselves; entries of settled tasks may wait for a reader, and harm nobody. */
async function judgeRedis({ servers, prefix }: Stack): Promise<string[]> {
  const keys = agentNames.flatMap((agent) => priorities.map((priority) => streamKey(prefix, agent, priority)));
  return withRedis(servers.redis.url, async (client) => {
    const pending = async () => {
      const counts = await Promise.all(
        keys.map(async (key) =>
          (await client.exists(key)) ? Number((await client.xpending(key, consumerGroup))[0]) : 0,
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    };
    try {
      await until(async () => (await pending()) === 0, { what: "pending entries", timeoutMs: DRAINED_WITHIN_MS });
      return [];
    } catch {
      return [`${await pending()} entries are pending in Redis ${DRAINED_WITHIN_MS / 1_000} s after the cure`];
    }
  });
}

function dumpOf({ order, runId }: Asked, log: readonly RunEvent[]): string {
  const lines = log.map(({ seq, at, type, taskId, data }) => `  ${seq} ${at} ${type} ${taskId ?? ""} ${short(data)}`);
  const end = log.some(({ type }) => isEnd(type)) ? "" : "\n  (no end)";
  return `log of ${runId}, order ${JSON.stringify(order)}:\n${lines.slice(-60).join("\n")}${end}`;
}

function short(data: unknown): string {
  const text = JSON.stringify(data);
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}
