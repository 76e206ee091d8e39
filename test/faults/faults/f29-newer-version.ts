import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Sql, TransactionSql } from "postgres";
import { asDeputyError } from "#/lib/errors.ts";
import { eventVersion } from "#/lib/protocol/event.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { cancelChannel, growthChannel, streamKey } from "#/lib/stream/keys.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder } from "#/test/faults/orders.ts";
import { withRedis } from "#/test/faults/servers.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { until } from "#/test/support/until.ts";

/** What a newer version leaves where this one reads; each returns how much it left. */
const marks = [unknownEvents, unreadableEvents, unknownEntries, unknownHints, unknownWorkers, unknownTask] as const;

/** A newer version works beside this one: it has changed the tables, and writes what this one does not know. */
export const newerVersion: Fault = {
  id: "F29",
  title: "unknown events, entries, hints, agents, tasks and columns of a newer version",
  repeats: 60,
  leastTasks: (repeats) => repeats * 3,
  async run(stack, repeats) {
    let left = 0;
    stack.allow.newerEvents = true;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 12, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await pause(stack.random.between(50, 300));
      if (repeat === Math.floor(repeats / 2)) await look(stack, changeTables);
      left += (await marks[repeat % marks.length]?.(stack)) ?? 0;
    }
    await load.finish();
    const refusal = await migrate(stack.databaseUrl).then(
      () => "nothing",
      (thrown) => asDeputyError(thrown, "unexpected").code,
    );
    return {
      injected: `${left} records of a newer version, ${added.length} changes of the tables`,
      measured: [],
      problems: [
        ...(refusal === "newer-database" ? [] : [`a start on the newer database is answered with ${refusal}`]),
        ...(left >= repeats ? [] : [`only ${left} records were left`]),
        ...(await unsettled(stack)),
      ],
    };
  },
};

const added = ["runs", "tasks", "events", "workers", "agents"].map(
  (table) => `alter table ${table} add column dream jsonb not null default '{"deep": true}'`,
);

async function changeTables(sql: Sql): Promise<void> {
  for (const statement of added) await sql.unsafe(statement);
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', ${Date.now() + 1e9})`;
}

type Locked = { readonly id: string; readonly seq: number; readonly parent: string };

type Write = (sql: TransactionSql, run: Locked) => Promise<number>;

/** Under the lock of a run that is under way, as every writer does. */
function inRun(stack: Stack, write: Write): Promise<number> {
  return until(async () => (await tryInRun(stack, write)) || null, { what: "a run that waits for its tasks" });
}

async function tryInRun(stack: Stack, write: Write): Promise<number> {
  return look(stack, (sql) =>
    sql.begin(async (transaction) => {
      const [run] = await transaction<Locked[]>`
        select r.id, r.last_seq as seq, t.id as parent from runs r join tasks t on t.run_id = r.id and t.parent_id is null
        where r.status = 'active' and t.status = 'waiting' order by r.id desc limit 1 for update of r`;
      return run === undefined ? 0 : write(transaction, run);
    }),
  );
}

async function append(
  sql: TransactionSql,
  run: Locked,
  events: readonly { type: string; taskId?: string; data: object }[],
): Promise<number> {
  for (const [index, { type, taskId, data }] of events.entries()) {
    await sql`insert into events (run_id, seq, v, type, task_id, agent, data)
      values (${run.id}, ${run.seq + index + 1}, ${eventVersion + 1}, ${type}, ${taskId ?? null}, 'dreamer', ${JSON.stringify(data)}::text::jsonb)`;
  }
  await sql`update runs set last_seq = last_seq + ${events.length} where id = ${run.id}`;
  return events.length;
}

function unknownEvents(stack: Stack): Promise<number> {
  const data = { deep: [1, { x: null }] };
  return inRun(stack, (sql, run) =>
    append(sql, run, [
      { type: "task.dreamt", data },
      { type: "run.dreamt", data },
    ]),
  );
}

function unreadableEvents(stack: Stack): Promise<number> {
  const data = { text: { rich: true }, turn: "first", result: null };
  const types = ["task.progressed", "text.appended", "task.completed", "turn.ended", "action.accepted"];
  return inRun(stack, (sql, run) =>
    append(
      sql,
      run,
      types.map((type) => ({ type, data })),
    ),
  );
}

/** The newer entry takes the place of those that wait: whoever cannot read it may not take the task for told. */
async function unknownEntries({ servers, prefix, random }: Stack): Promise<number> {
  const agent = random.pick(["main", "knowledge", "planner", "browser"] as const);
  return withRedis(servers.redis.url, async (client) => {
    const key = streamKey(prefix, agent, "normal");
    const waiting = await client.xrange(key, "-", "+", "COUNT", 20);
    for (const [id, fields] of waiting) {
      await client.xdel(key, id);
      await client.xadd(key, "*", "v", "2", "tasks", JSON.stringify(fields));
    }
    await client.xadd(key, "*", "v", "2", "tasks", JSON.stringify([randomUUID()]));
    return waiting.length + 1;
  });
}

async function unknownHints({ servers, prefix }: Stack): Promise<number> {
  const hints = [
    "",
    "v2 {}",
    `${randomUUID()} far`,
    "x".repeat(100_000),
    '{"run": 1}\n\n 7 7 7',
    `${randomUUID()} 99999999999`,
  ];
  return withRedis(servers.redis.url, async (client) => {
    for (const hint of hints) {
      await client.publish(growthChannel(prefix), hint);
      await client.publish(cancelChannel(prefix), hint);
    }
    return 2 * hints.length;
  });
}

function unknownWorkers(stack: Stack): Promise<number> {
  return look(stack, async (sql) => {
    const id = `newer-${randomUUID()}`;
    await sql`insert into workers (id, host, pid, version, agents) values (${id}, 'elsewhere', 1, '99.0.0', '{main,dreamer}')`;
    await sql`insert into agents (type, card) values ('dreamer', '{"type": "dreamer", "dreams": []}') on conflict do nothing`;
    return 2;
  });
}

/** A task for an agent that only the newer version has; a moment later that version brings its result. */
async function unknownTask(stack: Stack): Promise<number> {
  const id = randomUUID();
  let runId = "";
  const made = await inRun(stack, async (sql, run) => {
    runId = run.id;
    await sql`insert into tasks (id, run_id, parent_id, turn, block, ref, agent, author, mode, priority, hash, worker_id, status, claim, attempt, dispatched_at)
      values (${id}, ${run.id}, ${run.parent}, 99, 99, ${`dream-${id.slice(0, 4)}`}, 'dreamer', 'main', 'asleep', 'urgent', 'x', null, 'pending', 0, 0, now())`;
    return append(sql, run, [{ type: "task.created", taskId: id, data: { ref: "dream", agent: "dreamer" } }]);
  });
  await pause(300);
  await look(stack, (sql) =>
    sql.begin(async (transaction) => {
      const [run] = await transaction<
        Locked[]
      >`select id, last_seq as seq from runs where id = ${runId} and status = 'active' for update`;
      if (run === undefined) return;
      await transaction`update tasks set status = 'completed', open = false, settled_at = now() where id = ${id}`;
      await append(transaction, run, [
        { type: "task.completed", taskId: id, data: { result: "A dream", milliseconds: 1 } },
      ]);
    }),
  );
  return made;
}

async function unsettled(stack: Stack): Promise<string[]> {
  const rows = await look(
    stack,
    (sql) => sql`select id, run_id, status from tasks where agent = 'dreamer' and status <> 'completed'`,
  );
  return rows.map((row) => `a task of the newer version was taken from it: ${JSON.stringify(row)}`);
}
