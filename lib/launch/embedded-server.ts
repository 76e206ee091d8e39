import { within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Child, StopSteps } from "#/lib/launch/child.ts";
import { guard } from "#/lib/launch/guard.ts";

/** A child that runs: what the launcher needs to know in order to stop it and to start it again. */
export type Running = {
  readonly pid: number;
  /** Asks it to end, insists when it does not, and waits until it has. */
  stop(): Promise<void>;
  /** Ends it at once. What it had not written is recovered at its next start. */
  kill(): void;
};

export type EmbeddedServer = Running & {
  /** What DATABASE_URL or REDIS_URL is set to. The same at every start with the same folders. */
  readonly url: string;
  readonly version: string;
};

export type ServerOptions = {
  /** The data; made at the first start. */
  readonly dir: string;
  /** Where the unix socket stands; short, see `socketFolder`. Only root and the server's own user may enter. */
  readonly socketDir: string;
  /** Called when the server ends without having been asked to, with the reason. */
  readonly onExit?: ((reason: string) => void) | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
  /** Settings beside the product's, e.g. `{fsync: "off"}` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
};

const START_MS = 60_000;
const GUARD_SECONDS = 15;

/** Recognises in a server's output that it is ready: hand `see` every line, await `seen`. Letter case is ignored. */
export function readiness(text: string): { see(line: string): void; readonly seen: Promise<void> } {
  let announce = () => {};
  const seen = new Promise<void>((resolve) => {
    announce = resolve;
  });
  return {
    see: (line) => {
      if (line.toLowerCase().includes(text)) announce();
    },
    seen,
  };
}

/**
 * Follows a server that was just spawned: resolves when it is ready, throws `cannot-start` with its own words when it ends
 * or is not ready within a minute. From then on an unasked end is reported to `onExit`.
 */
export async function followServer(
  child: Child,
  ready: Promise<void>,
  stopSteps: StopSteps,
  onExit: ServerOptions["onExit"],
): Promise<Running> {
  const dismiss = guard(child.pid, stopSteps[0][0], GUARD_SECONDS);
  let reported = false;
  child.exited.then((reason) => {
    dismiss();
    if (reported) onExit?.(reason.startsWith("exit code") ? `${reason}: ${child.tail().at(-1)}` : reason);
  });
  const stop = () => {
    reported = false;
    return child.stop(stopSteps);
  };
  await readyOrDead(child, ready, stop);
  reported = true;
  return { pid: child.pid, stop, kill: () => child.signal(stopSteps.at(-1)?.[0] ?? "SIGKILL") };
}

async function readyOrDead(child: Child, ready: Promise<void>, stop: () => Promise<void>): Promise<void> {
  const failed = (reason: string) => new DeputyError("cannot-start", `${reason}. It said:\n${child.tail().join("\n")}`);
  const died = child.exited.then((reason) => {
    throw failed(`it ended with ${reason}`);
  });
  try {
    await within(START_MS, Promise.race([ready, died]), () => failed(`it was not ready within ${START_MS / 1_000} s`));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
