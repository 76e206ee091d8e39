import { Worker } from "bullmq";
import { serve } from "#/test/bench/harness/serve.ts";

/** BullMQ's worker: gives back what it is given. Argument: the path of Redis' socket. */
const [path = ""] = process.argv.slice(2);
const worker = new Worker("bench", async (job) => ({ text: job.data.text }), {
  connection: { path },
  concurrency: 100,
});
await worker.waitUntilReady();
serve({}, () => worker.close(true));
