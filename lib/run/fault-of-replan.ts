import { faultsOf, type GraphNode } from "#/lib/graph/check-graph.ts";
import type { Estimate } from "#/lib/protocol/orchestration.ts";
import type { RefusalCode } from "#/lib/protocol/refusal.ts";
import { beyondMoney, chainBeyondTime } from "#/lib/run/beyond-what-is-left.ts";
import { hashOf } from "#/lib/run/create-task.ts";
import { type Chain, chainTo } from "#/lib/run/path-of-output.ts";
import { inputFaults, prepareTask } from "#/lib/run/prepare-task.ts";
import { type Planned, type Replan, wordsAfter } from "#/lib/run/replan.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** `refusal` is what it is called where a block of the main agent asked for it. */
export type ReplanFault = { readonly code: string; readonly refusal: RefusalCode; readonly message: string };

/**
 * Why the plan cannot be changed so, or null; changes nothing. Codes: `task-unknown`, `task-started` for what was dispatched
 * or is a part of a group, `plan-moved` when the words that were read are not the newest, `bad-graph` for references and
 * cycles, `budget` for too many tasks and for estimates beyond `left`, and those of a task that could not be run.
 */
export function faultOfReplan(change: RunChange, replan: Replan, planned: Planned): ReplanFault | null {
  const judges = [
    unknownTargets,
    doubledTargets,
    emptyChanges,
    startedTargets,
    movedWords,
    tooManyTasks,
    wrongEdges,
    wrongWords,
    tooMuch,
  ];
  for (const judge of judges) {
    const fault = judge(change, replan, planned);
    if (fault !== null) return fault;
  }
  return null;
}

type Judge = (change: RunChange, replan: Replan, planned: Planned) => ReplanFault | null;

const targetsOf = ({ drop, change }: Replan) => [...new Set([...drop, ...change.map(({ ref }) => ref)])];

const unknownTargets: Judge = (_change, replan, { refs }) => {
  const unknown = targetsOf(replan).filter((ref) => !refs.has(ref));
  if (unknown.length === 0) return null;
  const known = refs.size === 0 ? "It has none." : `It has ${[...refs.keys()].join(", ")}.`;
  const message = `The run has no task ${unknown.join(", ")}. ${known}`;
  return { code: "task-unknown", refusal: "unknown-dependency", message };
};

const doubledTargets: Judge = (_change, replan) => {
  const changed = replan.change.map(({ ref }) => ref);
  const twice = changed.find((ref, at) => changed.indexOf(ref) !== at || replan.drop.includes(ref));
  if (twice === undefined) return null;
  return { code: "bad-graph", refusal: "bad-value", message: `${twice} is changed and dropped, or changed twice.` };
};

const emptyChanges: Judge = (_change, replan) => {
  if (replan.drop.length + replan.change.length + replan.add.length === 0) {
    const message = "Nothing is to be changed: give drop, change or add.";
    return { code: "bad-request", refusal: "missing-field", message };
  }
  const empty = replan.change.find(({ ref: _, ...given }) =>
    Object.values(given).every((value) => value === undefined),
  );
  if (empty === undefined) return null;
  const message = `Nothing of ${empty.ref} is to be different. Give task, agent, dependsOn, priority, timeoutMs or strict.`;
  return { code: "bad-graph", refusal: "missing-field", message };
};

const startedTargets: Judge = (change, replan, { refs }) => {
  const isOpenToChange = (ref: string) => {
    const task = change.task(refs.get(ref) ?? "");
    return task?.status === "pending" && !task.dispatched && task.part === null;
  };
  const started = targetsOf(replan).filter((ref) => !isOpenToChange(ref));
  if (started.length === 0) return null;
  const message = `${started.join(", ")} cannot be changed any more: only what has not started can be changed or dropped. To stop a task that has started, cancel it.`;
  return { code: "task-started", refusal: "task-started", message };
};

const movedWords: Judge = (change, replan, { refs, specs }) => {
  const moved = replan.change.find(({ ref }) => {
    const id = refs.get(ref) ?? "";
    const spec = specs.get(id);
    return spec === undefined || hashOf(spec) !== change.task(id)?.hash;
  });
  if (moved === undefined) return null;
  const message = `${moved.ref} was changed by somebody else at the same moment. Look at it again.`;
  return { code: "plan-moved", refusal: "task-started", message };
};

const tooManyTasks: Judge = (change, { add }, { budgets }) => {
  const { taskCount } = change.run;
  if (add.length === 0 || taskCount + add.length <= budgets.tasks) return null;
  const message = `A run has at most ${budgets.tasks} tasks (setting DEPUTY_MAX_TASKS); this one has ${taskCount}, and ${add.length} more are asked for. Add fewer.`;
  return { code: "budget", refusal: "budget", message };
};

const wrongEdges: Judge = (change, replan, { refs }) => {
  const nodes = nodesAfter(change, replan);
  const given = [...replan.change, ...replan.add];
  const added = new Set(replan.add.map(({ ref }) => ref));
  const taken = replan.add.find(({ ref }) => refs.has(ref));
  if (taken) return { code: "bad-graph", refusal: "duplicate-id", message: `The run has a task ${taken.ref} already.` };
  for (const { ref, dependsOn = [] } of given) {
    const lost = dependsOn.find((other) => replan.drop.includes(other) || !(refs.has(other) || added.has(other)));
    if (lost === undefined) continue;
    const why = replan.drop.includes(lost) ? "is dropped" : "is not there";
    return { code: "bad-graph", refusal: "unknown-dependency", message: `${ref} depends on ${lost}, which ${why}.` };
  }
  const [fault] = faultsOf(nodes);
  if (fault === undefined) return null;
  return { code: "bad-graph", refusal: fault.kind === "cycle" ? "cycle" : "bad-value", message: fault.message };
};

/** What is open when the plan is changed; an edge to what has settled leads nowhere. */
function nodesAfter(change: RunChange, replan: Replan): GraphNode[] {
  const open = change.openTasks().filter(({ parentId, ref }) => parentId !== null && !replan.drop.includes(ref));
  const refs = new Map(open.map(({ id, ref }) => [id, ref]));
  const edges = new Map(replan.change.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const known = new Set([...refs.values(), ...replan.add.map(({ ref }) => ref)]);
  const nodes = open.map(({ ref, dependsOn }) => {
    return { ref, dependsOn: edges.get(ref) ?? dependsOn.flatMap((id) => refs.get(id) ?? []) };
  });
  return [...nodes, ...replan.add].map(({ ref, dependsOn }) => {
    return { ref, dependsOn: dependsOn.filter((other) => known.has(other)) };
  });
}

const wrongWords: Judge = (change, replan, { refs, specs, registry }) => {
  const { agentTypes } = change.snapshot;
  const [unfit] = replan.add.flatMap((task, at) => {
    const faults = inputFaults({ ...task, author: replan.by }, registry);
    return faults.map(({ path, message }) => `add[${at}].${path}: ${message}`);
  });
  if (unfit !== undefined) return { code: "bad-graph", refusal: "bad-value", message: unfit };
  for (const given of replan.change) {
    const spec = specs.get(refs.get(given.ref) ?? "");
    if (spec === undefined) continue;
    const { problem } = prepareTask(wordsAfter(spec, given), registry, agentTypes);
    if (problem !== null) return { ...problem, refusal: problem.code === "bad-input" ? "bad-value" : "unknown-agent" };
  }
  return null;
};

/** A plan that is beyond what is left already may be changed, as long as it does not get longer or dearer. */
const tooMuch: Judge = (change, replan, planned) => {
  const { left = {} } = planned;
  const estimates = estimatesAfter(change, replan, planned);
  const then = "Drop or shorten something, or have the setting raised.";
  const before = chainOf(nodesAfter(change, nothing), (ref) => estimateBefore(ref, planned));
  const after = chainOf(nodesAfter(change, replan), (ref) => estimates.get(ref) ?? estimateBefore(ref, planned));
  const why =
    beyondMoney("The change adds an estimated", moreUsd(estimates, replan, planned), left) ??
    (after.seconds > before.seconds ? chainBeyondTime(after, left) : null);
  return why === null ? null : { code: "budget", refusal: "budget", message: `${why} ${then}` };
};

const nothing: Replan = { by: "program", drop: [], change: [], add: [] };

type Amount = Pick<Estimate, "seconds" | "costUsd">;

/** Of what is added and of what gets other words. */
function estimatesAfter(change: RunChange, replan: Replan, { refs, specs, registry }: Planned): Map<string, Amount> {
  const changed = replan.change.flatMap((given) => {
    const spec = specs.get(refs.get(given.ref) ?? "");
    return spec === undefined ? [] : [wordsAfter(spec, given)];
  });
  const added = replan.add.map((task) => ({ ...task, author: replan.by }));
  return new Map(
    [...changed, ...added].map((words) => {
      const { spec } = prepareTask(words, registry, change.snapshot.agentTypes);
      return [words.ref, spec.estimate ?? free];
    }),
  );
}

const free: Amount = { seconds: 0, costUsd: 0 };

function estimateBefore(ref: string, { refs, specs }: Planned): Amount {
  return specs.get(refs.get(ref) ?? "")?.estimate ?? free;
}

function chainOf(nodes: readonly GraphNode[], amountOf: (ref: string) => Amount): Chain {
  const timed = nodes.map((node) => ({ ...node, seconds: amountOf(node.ref).seconds }));
  return chainTo(timed, () => undefined);
}

function moreUsd(after: ReadonlyMap<string, Amount>, { drop }: Replan, planned: Planned): number {
  const dropped = drop.reduce((sum, ref) => sum + estimateBefore(ref, planned).costUsd, 0);
  return [...after].reduce((sum, [ref, { costUsd }]) => sum + costUsd - estimateBefore(ref, planned).costUsd, -dropped);
}
