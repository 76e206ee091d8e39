import { type Context, openContext } from "#/lib/run/context.ts";

const slot = globalThis as { deputyContext?: Context };

/** The context of the web process: one, whatever number of bundles Next makes of this file. */
export function context(): Context {
  slot.deputyContext ??= openContext();
  return slot.deputyContext;
}
