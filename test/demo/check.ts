/** One thing that was promised, whether it is so, and what was seen of it. */
export type Check = { readonly what: string; readonly isSo: boolean; readonly seen: string };

export function check(what: string, isSo: boolean, seen: string): Check {
  return { what, isSo, seen };
}

/** `t1 (completed), t2 (cancelled)` */
export function statuses(tasks: readonly { ref: string; status: string }[]): string {
  return tasks.map(({ ref, status }) => `${ref} ${status}`).join(", ");
}
