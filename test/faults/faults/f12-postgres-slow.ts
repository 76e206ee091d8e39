import { setTimeout as pause } from "node:timers/promises";
import { readTranscript } from "#/lib/chat/transcript.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { mixedOrder, shortOrder } from "#/test/faults/orders.ts";
import type { Relay } from "#/test/faults/relay.ts";
import { openSmallDisk, type SmallDisk } from "#/test/faults/small-disk.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { untilDueIsClaimed, untilWorkFlows } from "#/test/faults/takeover.ts";

/** Longer than any lock_timeout of the product, and what a statement may take beside it. */
const LOCK_MS = 8_000;
const LONGEST_WAIT_MS = 5_000 + 1_000;

type Given = { readonly stack: Stack; readonly relay: Relay; readonly disk: SmallDisk | string };
type LockWait = { readonly ms: number; readonly query: string };
/** Injects and cures; resolves with what was seen that must not be. */
type Trouble = (given: Given) => Promise<string[]>;

const troubles: readonly Trouble[] = [runLocked, diskFull, slowCommits, farAway, tableLocked];

/** Postgres is there and slow: its disk, the way to it, locks that somebody else holds; or its disk is full. */
export const postgresSlow: Fault = {
  id: "F12",
  title: "Postgres slow, far away, locked, out of disk",
  repeats: 10,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const first: number[] = [];
    const backlog: number[] = [];
    const problems: string[] = [];
    const disk = await openSmallDisk(stack);
    try {
      const relay = await stack.servers.postgres.relay();
      await Promise.all([stack.startWorker({ postgres: relay }), stack.startWorker({ postgres: relay })]);
      const load = stack.load({ atOnce: 16, order: mixedOrder, client: stack.openClient({ postgres: relay }) });
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        await pause(stack.random.between(1_000, 2_000));
        const trouble = troubles[repeat % troubles.length] as Trouble;
        stack.note(`${trouble.name} begins`);
        problems.push(...(await trouble({ stack, relay, disk })));
        stack.note(`${trouble.name} is over`);
        const curedAt = Date.now();
        const [flows, claimed] = await Promise.all([untilWorkFlows(stack, curedAt), untilDueIsClaimed(stack, curedAt)]);
        first.push(flows);
        backlog.push(claimed);
      }
      await load.finish();
      await relay.close();
    } finally {
      if (typeof disk !== "string") await disk.close();
    }
    const refused = stack.ledger.filter((asked) => asked.refused.length > 0).length;
    return {
      injected: `${repeats} troubles: a run locked, disk full, commits 0.1 s late, all messages 0.1 s late, a table locked`,
      measured: [
        { what: "first task done after it", milliseconds: first, atMostMs: 15_000 },
        { what: "all that was due then claimed", milliseconds: backlog, atMostMs: 15_000 },
      ],
      problems,
      notes: [`${refused} runs refused at first and asked for again`, ...(typeof disk === "string" ? [disk] : [])],
    };
  },
};

/** Every commit waits before it is written out, as on a disk that is slow to sync. */
async function slowCommits({ stack }: Given): Promise<string[]> {
  const set = (words: string) =>
    look(stack, async (sql) => {
      await sql.unsafe(`alter system ${words}`);
      await sql`select pg_reload_conf()`;
    });
  try {
    await set("set commit_siblings = 0");
    await set("set commit_delay = 100000");
    await pause(stack.random.between(4_000, 6_000));
  } finally {
    await set("reset commit_delay");
    await set("reset commit_siblings");
  }
  return [];
}

async function farAway({ stack, relay }: Given): Promise<string[]> {
  relay.set({ kind: "delay", ms: 50 });
  await pause(stack.random.between(4_000, 6_000));
  relay.set({ kind: "pass" });
  return [];
}

/** A run is locked; what is asked for meanwhile must not suffer. */
function runLocked({ stack }: Given): Promise<string[]> {
  return whileLocked(stack, "select id from runs where status = 'active' limit 1 for update", async () => {
    const others = stack.load({ atOnce: 3, total: 3, order: shortOrder });
    const isDone = await Promise.race([others.finish().then(() => true), pause(LOCK_MS - 1_000, false)]);
    return isDone ? [] : ["runs that were asked for meanwhile did not come to their end"];
  });
}

function tableLocked({ stack }: Given): Promise<string[]> {
  return whileLocked(stack, "lock table tasks in access exclusive mode");
}

async function whileLocked(
  stack: Stack,
  statement: string,
  meanwhile: () => Promise<string[]> = async () => [],
): Promise<string[]> {
  let longest: LockWait = { ms: 0, query: "" };
  const problems: string[] = [];
  await look(stack, (sql) =>
    sql.begin(async (transaction) => {
      await transaction`set local idle_in_transaction_session_timeout = 0`;
      await transaction.unsafe(statement);
      const until = performance.now() + LOCK_MS;
      const done = meanwhile();
      while (performance.now() < until) {
        const found = await longestLockWait(stack);
        if (found.ms > longest.ms) longest = found;
        await pause(100);
      }
      problems.push(...(await done));
    }),
  );
  if (longest.ms === 0) problems.push("nobody waited for the lock");
  if (longest.ms > LONGEST_WAIT_MS)
    problems.push(`a statement waited ${Math.round(longest.ms)} ms for the lock: ${longest.query.slice(0, 200)}`);
  return problems;
}

/** Of the statements that wait for a lock now. */
async function longestLockWait(stack: Stack): Promise<LockWait> {
  const [row] = await look(
    stack,
    (sql) => sql<LockWait[]>`
      select (extract(epoch from clock_timestamp() - query_start) * 1000)::float8 as ms, query
      from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' order by query_start limit 1`,
  );
  return row ?? { ms: 0, query: "" };
}

/** What is stored can still be read. */
async function diskFull({ stack, disk }: Given): Promise<string[]> {
  if (typeof disk === "string") return [];
  const readable = stack.ledger.find(({ endedAt }) => endedAt !== undefined)?.runId ?? "";
  try {
    await disk.fill();
    await pause(stack.random.between(4_000, 6_000));
    const transcript = await readTranscript(stack.client.context, readable, 0);
    return transcript === null ? ["a run could not be read while the disk was full"] : [];
  } finally {
    await disk.free();
  }
}
