import { spawn } from "node:child_process";
import { identify } from "#/lib/launch/process-identity.ts";

/**
 * Waits on standard input for the end of the launcher, looks whether the process is still the one that was meant (field 22
 * of its stat is when it was started), asks it to end and, after a while, makes it.
 */
const script = `
is_meant() { [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)" = "$2" ]; }
read -r _
is_meant "$1" "$2" || exit 0
kill -s "$3" "$1"
waited=0
while [ "$waited" -lt "$4" ]; do sleep 1; is_meant "$1" "$2" || exit 0; waited=$((waited + 1)); done
kill -s KILL "$1"
`;

/**
 * Sees to it that a child does not outlive this process, even after `kill -9`: a tiny shell holds the other end of a pipe
 * that closes with this process, then sends the signal, and SIGKILL after `graceSeconds`. The returned function dismisses
 * it, once the child has ended.
 */
export function guard(pid: number, signal: NodeJS.Signals, graceSeconds: number): () => void {
  const args = [pid, identify(pid).startedAt, signal.replace(/^SIG/, ""), graceSeconds].map(String);
  const shell = spawn("/bin/sh", ["-c", script, "deputy-guard", ...args], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const letGo = () => shell.stdin.destroy();
  shell.on("error", letGo);
  shell.stdin.on("error", letGo);
  shell.unref();
  return () => {
    shell.kill("SIGKILL");
  };
}
