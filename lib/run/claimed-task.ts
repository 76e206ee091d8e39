import type { Task } from "#/lib/store/tasks.ts";

/** A task in the hands of a worker. `claim` is the fencing token: every write of the worker names it. */
export type ClaimedTask = Task & { readonly workerId: string };
