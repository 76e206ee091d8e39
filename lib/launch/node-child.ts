import { type StopSteps, spawnChild } from "#/lib/launch/child.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { guard } from "#/lib/launch/guard.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";

export type NodeChildOptions = {
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly added: Record<string, string>;
  /** How long it may take to finish what it does, after SIGTERM. */
  readonly graceMs: number;
  readonly onLine: (line: string, from: "stdout" | "stderr") => void;
  readonly onExit: (reason: string) => void;
};

/** Starts one of our own processes, with the Node that runs this one. An unasked end is reported to `onExit`, at once. */
export async function startNodeChild(options: NodeChildOptions): Promise<Running> {
  const child = await spawnChild(process.execPath, options.args, {
    cwd: projectRoot,
    env: childEnvironment({ NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...options.added }),
    onLine: options.onLine,
  });
  const dismiss = guard(child.pid, "SIGTERM", options.graceMs / 1_000);
  let expected = false;
  child.ended.then((reason) => {
    dismiss();
    if (!expected) options.onExit(reason);
  });
  const steps: StopSteps = [["SIGTERM", options.graceMs]];
  const stop = () => {
    expected = true;
    return child.stop(steps);
  };
  const kill = () => {
    expected = true;
    child.signal("SIGKILL");
  };
  return { pid: child.pid, stop, kill };
}
