import { Queue, QueueEvents } from "bullmq";
import { closedLoop, Load } from "#/test/bench/harness/closed-loop.ts";
import { body } from "#/test/bench/harness/echo.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** With none kept, a job that ends before it is waited for is an error ("Missing key for job"). */
const KEPT = 1_000;

/** Adds jobs and waits for each one's result as BullMQ's documentation shows it. Argument: the path of Redis' socket. */
const [path = ""] = process.argv.slice(2);
const queue = new Queue("bench", { connection: { path } });
const events = new QueueEvents("bench", { connection: { path } });
// Each job that is waited for listens for its own end.
events.setMaxListeners(0);
queue.setMaxListeners(0);
await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);

async function delegate(): Promise<void> {
  const job = await queue.add("task", { text: body }, { removeOnComplete: { count: KEPT } });
  const result = await job.waitUntilFinished(events);
  if (result.text !== body) throw new Error("the result is not what was asked for");
}

serve({ load: (question) => closedLoop(Load.parse(question), delegate) }, async () => {
  await Promise.all([queue.close(), events.close()]);
});
