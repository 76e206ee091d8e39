import { existsSync, readFileSync } from "node:fs";
import { every } from "#/lib/clock.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { identify, isAlive, parentOf } from "#/lib/launch/process-identity.ts";

const LOOK_MS = 300;
const HANGUP_BIT = 1n;

/**
 * Calls `action` once npm, which started this process, is gone: a shell stands between the two and does not pass every
 * signal on, so that `kill <npm>` would leave the product running. Nothing is watched when npm did not start it.
 */
export function onNpmGone(action: () => void): void {
  if (childEnvironment({}).npm_lifecycle_event === undefined || !existsSync("/proc/self")) return;
  const parent = process.ppid;
  const npm = identify(isShell(parent) ? parentOf(parent) : parent);
  const stop = every(LOOK_MS, () => {
    if (process.ppid === parent && isAlive(npm)) return;
    stop();
    action();
  });
}

function isShell(pid: number): boolean {
  return /^(sh|dash|ash|bash|busybox)$/.test(readFileSync(`/proc/${pid}/comm`, "utf8").trim());
}

/** True when whoever started this process wants it to outlive the terminal, as `nohup` does. */
export function isHangupIgnored(): boolean {
  try {
    const ignored = readFileSync("/proc/self/status", "utf8").match(/^SigIgn:\s*([0-9a-f]+)$/m)?.[1] ?? "0";
    return (BigInt(`0x${ignored}`) & HANGUP_BIT) !== 0n;
  } catch {
    return false;
  }
}
