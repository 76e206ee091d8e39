import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { serve } from "#/test/bench/harness/serve.ts";

/** Appends beats to the stream, in records as long as ours. Arguments: Redis' socket, beats a second. */
const [path = "", rate = ""] = process.argv.slice(2);
const redis = new Redis(path);
const record = (text: string) =>
  JSON.stringify({
    runId: "00000000-0000-0000-0000-000000000000",
    seq: 1_000,
    at: "2026-01-01T00:00:00.000Z",
    v: 1,
    type: "task.progressed",
    taskId: "00000000-0000-0000-0000-000000000000",
    agent: "knowledge",
    data: { text },
  });

serve({});
const startedAt = Date.now();
for (let beat = 1; ; beat += 1) {
  await pause(Math.max(0, startedAt + (beat * 1_000) / Number(rate) - Date.now()));
  await redis.xadd("beats", "*", "event", record(`beat ${beat} ${Date.now()}`));
}
