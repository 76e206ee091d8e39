/** What the command line leaves behind for scripts; docs/cli.md lists them. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  cancelled: 130,
} as const;

/** Codes of the errors that have a status of their own; every other error is `failed`. */
const statusOfCode: Readonly<Record<string, number>> = {
  usage: exitStatus.usage,
  "server-unreachable": exitStatus.unreachable,
};

export function statusOf(code: string): number {
  return statusOfCode[code] ?? exitStatus.failed;
}
