import type { ChangePart } from "#/lib/chat/parts.ts";

const who = { user: "You", main: "Deputy", program: "The program" };

/** `You changed the plan: removed t3, changed t4.` */
export function changeInWords({ by, dropped, changed, added }: ChangePart): string {
  const what = [
    ["removed", dropped],
    ["changed", changed],
    ["added", added],
  ] as const;
  const listed = what.flatMap(([verb, refs]) => (refs.length === 0 ? [] : [`${verb} ${refs.join(", ")}`]));
  return `${who[by]} changed the plan${listed.length === 0 ? "" : `: ${listed.join("; ")}`}.`;
}
