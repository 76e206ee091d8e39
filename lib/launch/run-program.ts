import { type ChildOptions, spawnChild } from "#/lib/launch/child.ts";
import { guard } from "#/lib/launch/guard.ts";

const GUARD_SECONDS = 5;

export type ProgramEnd = {
  /** In words, such as `exit code 1`; `ok` when it is `exit code 0`. */
  readonly reason: string;
  readonly ok: boolean;
  readonly stdout: readonly string[];
  /** The newest lines of all that it wrote. */
  readonly tail: readonly string[];
};

/** Runs a program to its end; it does not outlive the launcher. Throws `cannot-start` when it is missing. */
export async function runProgram(command: string, args: readonly string[], options: ChildOptions): Promise<ProgramEnd> {
  const stdout: string[] = [];
  const child = await spawnChild(command, args, {
    ...options,
    onLine: (line, from) => {
      if (from === "stdout") stdout.push(line);
      options.onLine?.(line, from);
    },
  });
  const dismiss = guard(child.pid, "SIGTERM", GUARD_SECONDS);
  const reason = await child.exited;
  dismiss();
  return { reason, ok: reason === "exit code 0", stdout, tail: child.tail() };
}
