import { join, resolve } from "node:path";
import { type Env, env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { type Lock, takeLock } from "#/lib/launch/lock.ts";
import { openProduct, type Product } from "#/lib/launch/product.ts";
import { openSay, shownPath } from "#/lib/launch/say.ts";
import { stopOnSignal } from "#/lib/launch/stop-on-signal.ts";

/** The launcher: everything that the product needs, until Ctrl-C. `npm start` runs it from the bundle. */

const say = openSay();
process.title = "deputy";
await main();

async function main(): Promise<void> {
  const settings = orExit(env);
  const lock = orExit(() => ownData(settings));
  const product = openProduct(settings, say);
  endOnSignal(product, lock);
  // Not SIGHUP, which a terminal sends when it is closed.
  process.on("SIGUSR2", () => void product.renew());
  try {
    const url = await product.start();
    if (url === null) return;
    if (settings.offline) {
      say("no model is connected: the built-in offline model answers (OPENAI_API_KEY or OPENAI_BASE_URL connects one)");
    }
    process.stdout.write(`Deputy is ready: ${url}\n`);
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    await product.stop();
    leave(lock, 1);
  }
}

function ownData(settings: Env): Lock {
  const dataDir = resolve(settings.dataDir);
  const lock = takeOrSay(() => takeLock(join(dataDir, "launcher.lock")), dataDir);
  if (!("heldBy" in lock)) return lock;
  throw new Error(
    `Deputy already runs on the data in ${shownPath(dataDir)} (process ${lock.heldBy}). Stop that one, or name another folder: DEPUTY_DATA=...`,
  );
}

function takeOrSay<T>(take: () => T, dataDir: string): T {
  try {
    return take();
  } catch (thrown) {
    throw new Error(
      `The data folder ${shownPath(dataDir)} cannot be used (${messageOf(thrown)}). Name another: DEPUTY_DATA=...`,
    );
  }
}

function endOnSignal(product: Product, lock: Lock): void {
  stopOnSignal({
    stop: async () => {
      say("stopping (Ctrl-C once more ends everything at once)");
      await product.stop();
      say("stopped");
      lock.release();
    },
    kill: () => {
      product.kill();
      lock.release();
    },
  });
}

function orExit<T>(attempt: () => T): T {
  try {
    return attempt();
  } catch (thrown) {
    process.stderr.write(`${messageOf(thrown)}\n`);
    return process.exit(1);
  }
}

function leave(lock: Lock, status: number): never {
  lock.release();
  return process.exit(status);
}
