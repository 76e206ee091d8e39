import type { Mode } from "#/lib/protocol/action.ts";

/** A task of these modes has tasks of its own, and its result is made from theirs. */
export function isGroup(mode: Mode): mode is "hierarchical" | "consensus" | "market" {
  return mode === "hierarchical" || mode === "consensus" || mode === "market";
}
