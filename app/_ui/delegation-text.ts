import type { Block, ParseReport } from "#/lib/protocol/action.ts";

/** True for a message that may hold delegations, so that it is worth asking the server what it would dispatch. */
export function mayDelegate(text: string): boolean {
  return /^\/(delegate|consensus|parallel|sequential)(\s|$)/.test(text.trimStart()) || /^ACTION:/im.test(text);
}

export type PreviewLine = { readonly kind: "dispatch" | "refused" | "hint"; readonly text: string };

/** One line for each block of the report, in the order in which the blocks stand, then the near misses. */
export function describePreview(report: Pick<ParseReport, "blocks" | "nearMisses">): PreviewLine[] {
  const lines = report.blocks.flatMap(describeBlock);
  const hints = report.nearMisses.map((miss): PreviewLine => ({ kind: "hint", text: miss.hint }));
  return [...lines, ...hints];
}

function describeBlock(block: Block): PreviewLine[] {
  if (block.verdict === "refused") return [{ kind: "refused", text: block.message }];
  if (block.verdict === "ignored") return [{ kind: "hint", text: `A block is ignored: it is ${block.reason}.` }];
  if (block.action.kind !== "delegate") return [];
  const { agentType, task, mode, voters, dependsOn } = block.action;
  const how = mode === "consensus" ? ` (consensus of ${voters ?? 3})` : "";
  const after =
    dependsOn.length > 0 ? ` after ${dependsOn.join(", ")}` : mode === "sequential" ? " after the one before" : "";
  return [{ kind: "dispatch", text: `would dispatch: ${agentType}${how}${after}: ${firstLine(task)}` }];
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
