import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingestDocuments } from "#/lib/documents/ingest.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { listLiveWorkers } from "#/lib/store/workers.ts";
import { partsOf, type Story, storyOf, taskOf } from "#/test/demo/story.ts";
import { seeded } from "#/test/faults/random.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type WorkerProcess, type World } from "#/test/support/world.ts";

/** Two real worker processes with the real agents, one of which is killed in the middle of each round. */
const ROUNDS = 5;
const random = seeded(20261121);

const groups = {
  vote: "/consensus 5 knowledge Is it true that a lease says that its worker lives?",
  auction: "/market any What is a lease?",
  tree: "/hierarchical knowledge What does a lease say? How does a claim change? What does a doorbell carry? How does a stream begin?",
} as const;
type Kind = keyof typeof groups;
const kinds: readonly Kind[] = ["vote", "auction", "tree"];

const sentences = [
  "A lease says that its worker lives.",
  "A claim changes one row.",
  "A doorbell carries no payload.",
  "A stream begins with one entry.",
];
const documents = sentences.map((content, at) => ({ origin: `${at}.txt`, mediaType: "text/plain", content }));

let world: World;
let living: WorkerProcess[];

beforeAll(async () => {
  // How often a process may die under a task before it counts as poison is not what this is about.
  world = await openWorld({ DEPUTY_MAX_ATTEMPTS: "20", DEPUTY_LEASE_SECONDS: "2" });
  await ingestDocuments(world.context.store.db, documents);
  living = await Promise.all([world.startWorker(), world.startWorker()]);
  await twoWorkers();
});
afterAll(() => world.close());

function twoWorkers() {
  return until(async () => (await listLiveWorkers(world.context.store.db, 1_000)).length === living.length, {
    what: "two workers",
    timeoutMs: 20_000,
  });
}

type Asked = { readonly kind: Kind; readonly runId: string };

/**
 * A run of each kind; kills a worker once their logs hold so many events together, and starts another one. Every other death is
 * reported, as a supervisor does, the others are noticed by the silence.
 */
async function round(number: number): Promise<{ kind: Kind; events: RunEvent[] }[]> {
  const asked: Asked[] = await Promise.all(kinds.map(async (kind) => ({ kind, runId: await world.ask(groups[kind]) })));
  const most = random.between(8, 80);
  await until(async () => (await countEvents(asked)) >= most, { what: `${most} events` });
  const [victim] = living.splice(random.between(0, 1), 1);
  await victim?.kill("SIGKILL");
  if (victim !== undefined && number % 2 === 0) await releaseWorker(world.context, victim.id);
  living.push(await world.startWorker());
  const logs = await Promise.all(asked.map(async ({ kind, runId }) => ({ kind, events: await world.ended(runId) })));
  await twoWorkers();
  return logs;
}

async function countEvents(asked: readonly Asked[]): Promise<number> {
  const logs = await Promise.all(asked.map(({ runId }) => world.events(runId)));
  return logs.reduce((sum, events) => sum + events.length, 0);
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);

function expectOnce(events: readonly RunEvent[], story: Story): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(typesOf(events).filter((type) => /^run\.(completed|failed|cancelled)$/.test(type))).toEqual(["run.completed"]);
  expect(events.at(-1)?.type).toBe("run.completed");
  expect(story.tasks.filter(({ outcomes }) => outcomes !== 1)).toEqual([]);
  expect(taskOf(story, "t1")).toMatchObject({ status: "completed", reason: "" });
}

const expectations: Readonly<Record<Kind, (story: Story) => void>> = {
  vote(story) {
    const refs = numbered("t1.v", 5);
    expect(story.tasks.map(({ ref }) => ref)).toEqual(["t1", ...refs]);
    const { consensus } = taskOf(story, "t1").result ?? {};
    expect(consensus?.votes.map(({ ref }) => ref)).toEqual(refs);
    expect(consensus).toMatchObject({ reached: true, winner: "yes", share: 1 });
  },
  auction(story) {
    const { auction } = taskOf(story, "t1").result ?? {};
    const refs = numbered("t1.b", 3 * (auction?.rounds ?? 0));
    expect(story.tasks.map(({ ref }) => ref)).toEqual(["t1", ...refs, "t1.a1"]);
    expect(auction?.bids.map(({ ref }) => ref).sort()).toEqual(refs);
    expect(typesOf(story.events).filter((type) => type === "auction.decided")).toHaveLength(auction?.rounds ?? 0);
    // A bidder that is killed makes no bid, as it may: another one wins then.
    expect(auction?.winner).toBe(taskOf(story, "t1.a1").spec.agent);
    expect(taskOf(story, "t1.a1").status).toBe("completed");
  },
  tree(story) {
    const refs = numbered("t1.s", 4);
    expect(story.tasks.map(({ ref }) => ref)).toEqual(["t1", ...refs]);
    expect(partsOf(story, "t1").map(({ status }) => status)).toEqual(refs.map(() => "completed"));
    expect(taskOf(story, "t1").result?.aggregated).toEqual({ how: "concat", from: refs });
    const quotes = taskOf(story, "t1").result?.evidence.map(({ quote }) => quote);
    expect(quotes).toEqual(expect.arrayContaining(sentences));
  },
};

describe("a vote, an auction and a tree, with workers killed in between", () => {
  it(`end as they do without, each part exactly once, in ${ROUNDS} runs of each`, { timeout: 120_000 }, async () => {
    let interrupted = 0;
    for (let number = 0; number < ROUNDS; number += 1) {
      for (const { kind, events } of await round(number)) {
        const story = storyOf(events);
        expectOnce(events, story);
        expectations[kind](story);
        interrupted += events.filter(isLoss).length;
      }
    }
    expect(interrupted, "kills that hit nobody prove nothing").toBeGreaterThan(0);
  });
});

function isLoss(event: RunEvent): boolean {
  if (event.type === "task.retried") return event.data.reason.code === "worker-lost";
  return event.type === "task.failed" && event.data.error.code === "worker-lost";
}
