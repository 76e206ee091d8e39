import { timeAndMoney } from "#/app/_ui/expectation.ts";
import { patternOf, type Relation } from "#/app/_ui/pattern.ts";
import { isShortForm } from "#/app/_ui/short-forms.ts";
import { choiceInWords } from "#/app/_ui/words.ts";
import type { Block, DelegateAction, ParseReport } from "#/lib/protocol/action.ts";

/** True for a message that may hold delegations, so that it is worth asking the server what it would dispatch. */
export function mayDelegate(text: string): boolean {
  return isShortForm(text.trimStart()) || /^ACTION:/im.test(text);
}

/** What the server says of a message. */
export type Preview = Pick<ParseReport, "blocks" | "nearMisses"> & {
  /** Of all that would be dispatched together; `path` are the tasks that take longest one behind the other. */
  readonly estimate?: { readonly seconds: number; readonly costUsd: number; readonly path: readonly string[] };
};

/** What would be dispatched, by its name, and what it is expected to take; null when nothing would be. */
export function previewTitle({ blocks, estimate }: Preview): string | null {
  const actions = blocks.flatMap((block) =>
    block.verdict === "accepted" && block.action.kind === "delegate" ? [block.action] : [],
  );
  if (actions.length === 0) return null;
  const name = patternOf(actions.map(relationOf))?.name ?? "One task";
  const board = actions.some(({ input }) => input?.board === true) ? " with a shared board" : "";
  const expected = estimate && `, expected to take ${timeAndMoney(estimate.seconds, estimate.costUsd)}`;
  return `${name}${board}${expected ?? ""}`;
}

/** MODE sequential runs after the delegation before it. */
function relationOf(action: DelegateAction, index: number, actions: readonly DelegateAction[]): Relation {
  const { id, agentType, mode, voters } = action;
  const before = mode === "sequential" ? actions[index - 1] : undefined;
  const dependsOn = before === undefined ? action.dependsOn : [...action.dependsOn, before.id];
  return { ref: id, agent: agentType, mode, dependsOn, voters };
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
  const how = { consensus: ` (consensus of ${voters ?? 3})`, market: " (auction)", hierarchical: " (may delegate)" };
  const pattern = mode === "parallel" || mode === "sequential" ? "" : how[mode];
  const after =
    dependsOn.length > 0 ? ` after ${dependsOn.join(", ")}` : mode === "sequential" ? " after the one before" : "";
  return [
    { kind: "dispatch", text: `would dispatch: ${choiceInWords(agentType)}${pattern}${after}: ${firstLine(task)}` },
  ];
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}
