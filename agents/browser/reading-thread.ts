import { parentPort, workerData } from "node:worker_threads";
import { type ReadingInput, readHtml } from "#/agents/browser/reading.ts";

/** The body of the thread that read-in-thread.ts starts: one page in, one reading out. */
parentPort?.postMessage(readHtml(workerData as ReadingInput));
