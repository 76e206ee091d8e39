import { ticks } from "#/lib/clock.ts";
import { isHangupIgnored, onNpmGone } from "#/lib/launch/started-by.ts";

/** npm and the terminal both pass a Ctrl-C on: what comes at once is the same one. */
const SECOND_SIGNAL_MS = 500;
const INTERRUPTED = 130;

/**
 * The first signal to end, from whomever, stops and then ends this process with status 0; a second one kills and ends it at
 * once, with 130. A terminal that is closed and an npm that is gone count as a first signal.
 */
export function stopOnSignal({ stop, kill }: { stop(): Promise<void>; kill(): void }): void {
  let firstAt: number | null = null;
  const onSignal = async () => {
    if (firstAt === null) {
      firstAt = ticks();
      await stop();
      process.exit(0);
    } else if (ticks() - firstAt > SECOND_SIGNAL_MS) {
      kill();
      process.exit(INTERRUPTED);
    }
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  if (!isHangupIgnored()) process.on("SIGHUP", onSignal);
  onNpmGone(() => {
    if (firstAt === null) void onSignal();
  });
}
