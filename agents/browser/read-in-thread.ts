import { Worker } from "node:worker_threads";
import type { Reading, ReadingInput } from "#/agents/browser/reading.ts";
import { SECOND, within } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

const readMs = 10 * SECOND;
const maxHeapMb = 512;

/**
 * `readHtml` in a thread of its own, so that no page can hold up the process or use up its memory. Null when the page
 * could not be read within 10 seconds and 512 MB.
 */
export async function readInThread(input: ReadingInput): Promise<Reading | null> {
  const thread = new Worker(new URL("./reading-thread.ts", import.meta.url), {
    workerData: input,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  const reading = new Promise<Reading>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the reading thread ended with ${code}`)));
  });
  try {
    return await within(readMs, reading, () => new Error("reading took too long"));
  } catch (thrown) {
    log.warn({ url: input.url, reason: messageOf(thrown) }, "a page could not be read as HTML");
    return null;
  } finally {
    await thread.terminate();
  }
}
