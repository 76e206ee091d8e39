import { SECOND, sleep, within } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import type { Say } from "#/lib/launch/say.ts";
import { nextPause } from "#/lib/launch/supervise.ts";
import { connect } from "#/lib/store/connect.ts";

const ANSWER_WITHIN_MS = 10 * SECOND;
/** What Postgres calls a table that does not exist. */
const UNDEFINED_TABLE = "42P01";

/**
 * Waits until a worker can use the Postgres of DATABASE_URL, and says why it cannot before each pause, which grow from 0.2 to
 * 5 s. Throws the last reason once the signal has aborted.
 */
export async function awaitGivenDatabase(url: string, say: Say, signal: AbortSignal): Promise<void> {
  for (let pauseMs = nextPause(0, 0); ; pauseMs = nextPause(pauseMs, 0)) {
    try {
      return await checkGivenDatabase(url);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      say(`${messageOf(thrown)}; trying again in ${pauseMs / SECOND} s`);
      await sleep(pauseMs, signal);
    }
  }
}

/** Throws `no-database`, in one line, when Postgres does not answer within 10 s or holds nothing of this product. */
export async function checkGivenDatabase(url: string): Promise<void> {
  const sql = connect(url, 1);
  const late = () => new Error(`no answer within ${ANSWER_WITHIN_MS / SECOND} s`);
  try {
    await within(ANSWER_WITHIN_MS, sql`select from agents limit 1`, late);
  } catch (thrown) {
    const message = `the Postgres of DATABASE_URL cannot be used: ${reasonOf(thrown)}`;
    throw new DeputyError("no-database", message, { cause: thrown });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function reasonOf(thrown: unknown): string {
  const isEmpty = thrown instanceof Error && "code" in thrown && thrown.code === UNDEFINED_TABLE;
  return isEmpty ? "it holds nothing of Deputy yet, which `npm start` with this address changes" : messageOf(thrown);
}
