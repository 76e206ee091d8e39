import type { RunEvent } from "#/lib/protocol/event.ts";

/** What a person calls the tasks of a run: `t1` for a delegation, `main` for the root. Learned from the events. */
export class TaskNames {
  readonly #names = new Map<string, string>();

  nameFor(event: RunEvent): string {
    if (event.type === "task.created" && event.taskId !== undefined) this.#names.set(event.taskId, nameOf(event.data));
    const known = event.taskId === undefined ? undefined : this.#names.get(event.taskId);
    return known ?? event.agent ?? "main";
  }
}

/** A delegation for which nobody was found belongs to the main agent, too, and has a reference like any other. */
function nameOf({ agent, ref }: { agent: string; ref: string }): string {
  return agent === "main" && ref.startsWith("@") ? "main" : ref;
}
