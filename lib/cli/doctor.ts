import { exitStatus } from "#/lib/cli/exit-status.ts";
import { styled, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { diagnose } from "#/lib/launch/doctor.ts";

export type DoctorOptions = { readonly json?: boolean };

/** Prints what is found on this machine, what is missing, and what to do about it. Status 1 when something is missing. */
export async function doctor(options: DoctorOptions, { stdout }: Terminal): Promise<number> {
  const checks = await diagnose();
  if (options.json) writeLine(stdout, JSON.stringify({ checks }));
  else
    for (const { name, ok, found, advice } of checks) {
      writeLine(stdout, `${styled(stdout, ok ? "green" : "red", ok ? "ok     " : "missing")}  ${name}: ${found}`);
      if (advice !== undefined) writeLine(stdout, `         ${advice}`);
    }
  return checks.every((check) => check.ok) ? exitStatus.done : exitStatus.failed;
}
