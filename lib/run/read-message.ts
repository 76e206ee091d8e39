import { readUserMessage } from "#/lib/actions/user-message.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { SECOND } from "#/lib/clock.ts";
import { estimateGraph } from "#/lib/graph/estimate.ts";
import type { Block, DelegateAction, ParseReport } from "#/lib/protocol/action.ts";
import type { Gate } from "#/lib/protocol/gate.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { Context } from "#/lib/run/context.ts";
import { estimateOf, inputFaultOf } from "#/lib/run/prepare-task.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { userRunGate } from "#/lib/run/run-gate.ts";
import { expandWorkflow, type WorkflowDelegate } from "#/lib/workflow/expand-message.ts";

/** One delegation of a person's message. */
export type UserBlock = {
  readonly block: Block;
  /** As it was written; of a workflow's step, what a block would say. */
  readonly text: string;
  /** What no block can say: a step of a workflow has it. */
  readonly more: Pick<TaskSpec, "condition" | "attempts">;
};

export type ReadMessage = {
  /** True when the message delegates, rightly or wrongly; otherwise it is just a message. */
  readonly delegates: boolean;
  readonly blocks: readonly UserBlock[];
  readonly report: ParseReport;
};

/**
 * What a person's message delegates, by blocks, a short form or the name of a workflow, under the gate of a person's own
 * delegations. What is wrong is a refusal that says how to write it.
 */
export async function readMessage(context: Context, text: string): Promise<ReadMessage> {
  const registry = await context.registry.read();
  const gate = userGateOf(context, registry);
  const expansion = await expandWorkflow(text);
  if (expansion !== null) {
    const span: [number, number] = [0, text.length];
    const blocks =
      "fault" in expansion
        ? [refusedBlock(span, text, expansion.fault)]
        : expansion.delegates.map((step) => stepBlock(span, step, gate));
    const report = { prose: "", phase: "EXECUTING" as const, blocks: blocks.map(({ block }) => block), nearMisses: [] };
    return { delegates: true, blocks, report };
  }
  const { delegates, items, report } = readUserMessage(text, { gate });
  if (!delegates) return { delegates, blocks: [], report };
  const blocks = items.flatMap((item) =>
    item.kind === "block" ? [{ block: item.block, text: item.text, more: {} }] : [],
  );
  return { delegates, blocks, report };
}

/** What the accepted delegations of a message are expected to take together; `path` are the references that take longest. */
export async function estimateMessage(context: Context, { report }: ReadMessage) {
  const registry = await context.registry.read();
  const actions = report.blocks.flatMap((block) =>
    block.verdict === "accepted" && block.action.kind === "delegate" ? [block.action] : [],
  );
  if (actions.length === 0) return undefined;
  const nodes = actions.map((action, index) => {
    const before = action.mode === "sequential" ? actions[index - 1] : undefined;
    const dependsOn = [...action.dependsOn, ...(before === undefined ? [] : [before.id])];
    return { ref: action.id, agent: action.agentType, dependsOn, ...estimateOf(action, registry) };
  });
  return estimateGraph(nodes, context.env.budgets.liveTasks);
}

/** The gate of what a person delegates with a message. */
function userGateOf({ env }: Context, registry: readonly RegisteredAgent[]): Gate {
  const { budgets, orchestration } = env;
  return userRunGate({
    tasks: budgets.tasks,
    orchestration,
    inputFaultOf: (action) => inputFaultOf(action, registry),
    estimateOf: (action) => estimateOf(action, registry),
    costUsdLeft: budgets.costUsd > 0 ? budgets.costUsd : null,
    secondsLeft: budgets.runMs / SECOND,
  });
}

function refusedBlock(span: [number, number], text: string, message: string): UserBlock {
  return { block: { verdict: "refused", span, code: "bad-value", message }, text, more: {} };
}

function stepBlock(
  span: [number, number],
  { condition, attempts, ...action }: WorkflowDelegate,
  gate: Gate,
): UserBlock {
  const delegate: DelegateAction = action;
  const refusal = gate.refuses("delegate") ?? gate.admit(delegate);
  const text = writeAction(delegate);
  if (refusal !== null) return { block: { verdict: "refused", span, ...refusal }, text, more: {} };
  const more = { ...(condition !== undefined && { condition }), ...(attempts !== undefined && { attempts }) };
  return { block: { verdict: "accepted", span, normalised: [], action: delegate }, text, more };
}
