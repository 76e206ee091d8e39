import type { ChildProcess } from "node:child_process";

/** A process of the suite. */
export type Process = {
  readonly id: string;
  readonly pid: number;
  /** Unix time at which its end was seen; undefined while it lives. */
  readonly exitedAt: number | undefined;
  /** Resolves when it has ended, with the reason: `SIGKILL`, `exit code 1`. */
  readonly exited: Promise<string>;
  /** SIGKILL and SIGTERM end it, SIGSTOP and SIGCONT do not. Returns the Unix time of the signal. */
  signal(signal: NodeJS.Signals): number;
  /** The newest lines of its output. */
  tail(): readonly string[];
};

const TAIL_LINES = 40;

export function exitOf(child: ChildProcess): { exited: Promise<string>; exitedAt(): number | undefined } {
  let at: number | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      at = Date.now();
      resolve(signal ?? `exit code ${code}`);
    });
  });
  return { exited, exitedAt: () => at };
}

export function signalTo(child: ChildProcess): Process["signal"] {
  return (signal) => {
    const at = Date.now();
    child.kill(signal);
    return at;
  };
}

/** Grows and shrinks as the process speaks. */
export function tailOf(child: ChildProcess): readonly string[] {
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail.push(...text.split("\n").filter(Boolean));
      tail.splice(0, tail.length - TAIL_LINES);
    });
  }
  return tail;
}
