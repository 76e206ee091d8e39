import { type Box, type Direction, type Link, layersOf, layOut, type Point } from "#/app/_ui/layered-layout.ts";
import { groupPattern, innerDependencies, type Pattern, patternOf } from "#/app/_ui/pattern.ts";
import type { TaskPart } from "#/lib/chat/parts.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

/** What the picture shows of a task. */
export type GraphTask = Pick<
  TaskPart,
  "taskId" | "ref" | "agent" | "mode" | "dependsOn" | "voters" | "part" | "parentId" | "status"
>;

type Area = Point & { readonly width: number; readonly height: number };

/** A task as a small button. */
export type Chip = Area & { readonly task: GraphTask };

/** What stands around a group: its name, and its parts inside. */
export type Frame = Area & { readonly taskId: string; readonly name: string };

export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly chips: readonly Chip[];
  /** Outer ones before those inside of them. */
  readonly frames: readonly Frame[];
  readonly lines: readonly (readonly Point[])[];
  /** Where tasks that have nothing else in common start from. */
  readonly start?: Area;
};

/** More tasks than this are not drawn one by one. */
export const MOST_CHIPS = 60;

/** Which way the lines run, and how high a chip is. */
export type View = { readonly direction: Direction; readonly chipHeight: number };

export const wideView: View = { direction: "right", chipHeight: 32 };

const touchHeight = 44;
const layerGap = { right: 36, down: 28 };
/** As broad as a picture can be on a phone without being moved. */
const phoneWidth = 326;
const startSize = 16;
const boxGap = 8;
const padding = 10;
const captionHeight = 22;

/** Where each task of a run stands in the picture of its graph, in pixels: layers from left to right, or from top to bottom. */
export function pictureOf(tasks: readonly GraphTask[], view: View): Picture {
  const tops = tasks.filter((task) => task.parentId === undefined);
  const within = { tasks, ...view };
  const [only] = tops;
  const parts = tasks.filter(({ parentId }) => tops.length === 1 && parentId === only?.taskId);
  // A single group needs no frame: the picture is it.
  if (only !== undefined && parts.length > 0) return arranged([only, ...parts], groupLinks(only, parts), within, only);
  const links = dependencyLinks(tops);
  return links.length === 0 && tops.length > 1 ? fanned(tops, within) : arranged(tops, links, within);
}

/** For a narrow window and fingers: from top to bottom, unless only the other way leaves the picture whole. */
export function narrowView(tasks: readonly GraphTask[]): View {
  const down: View = { direction: "down", chipHeight: touchHeight };
  const right: View = { direction: "right", chipHeight: touchHeight };
  const width = pictureOf(tasks, down).width;
  return width <= phoneWidth || width <= pictureOf(tasks, right).width ? down : right;
}

function fanned(tops: readonly GraphTask[], within: Within): Picture {
  const start = { id: "start", width: startSize, height: startSize };
  const figures = new Map(tops.map((task) => [task.taskId, figureOf(task, within)]));
  const links = tops.map(({ taskId }): Link => [start.id, taskId]);
  const { picture, places } = composed(figures, links, within, [start]);
  return { ...picture, start: { ...start, ...(places.get(start.id) ?? { x: 0, y: 0 }) } };
}

type Within = View & { readonly tasks: readonly GraphTask[] };

/** The tasks of one frame, each a chip or a frame of its own. */
function arranged(members: readonly GraphTask[], links: readonly Link[], within: Within, asChip?: GraphTask): Picture {
  const figures = members.map(
    (task) => [task.taskId, task === asChip ? chipOf(task, within) : figureOf(task, within)] as const,
  );
  return composed(new Map(figures), links, within).picture;
}

function composed(
  figures: ReadonlyMap<string, Picture>,
  links: readonly Link[],
  { direction }: Within,
  more: readonly Box[] = [],
) {
  const boxes = [...figures].map(([id, { width, height }]): Box => ({ id, width, height }));
  const { places, ...layout } = layOut([...more, ...boxes], links, {
    direction,
    boxGap,
    layerGap: layerGap[direction],
  });
  const moved = [...figures].map(([id, figure]) => shifted(figure, places.get(id) ?? { x: 0, y: 0 }));
  const picture: Picture = {
    width: layout.width,
    height: layout.height,
    chips: moved.flatMap(({ chips }) => chips),
    frames: moved.flatMap(({ frames }) => frames),
    lines: [...layout.lines, ...moved.flatMap(({ lines }) => lines)],
  };
  return { picture, places };
}

function figureOf(task: GraphTask, within: Within): Picture {
  const parts = within.tasks.filter(({ parentId }) => parentId === task.taskId);
  const pattern = groupPattern(task, within.tasks);
  return parts.length === 0 || pattern === null ? chipOf(task, within) : framed(task, parts, pattern, within);
}

/** 12 pixels of a monospaced face, and the two icons beside the reference. */
function chipOf(task: GraphTask, { chipHeight: height }: Within): Picture {
  const width = 60 + Math.ceil(7.25 * Math.min(task.ref.length, 14));
  return { width, height, chips: [{ x: 0, y: 0, width, height, task }], frames: [], lines: [] };
}

function framed(task: GraphTask, parts: readonly GraphTask[], { name }: Pattern, within: Within): Picture {
  const inside = arranged([task, ...parts], groupLinks(task, parts), within, task);
  const width = Math.max(inside.width, 7 * name.length) + 2 * padding;
  const height = inside.height + captionHeight + 2 * padding;
  const { chips, frames, lines } = shifted(inside, { x: (width - inside.width) / 2, y: captionHeight + padding });
  const frame = { x: 0, y: 0, width, height, taskId: task.taskId, name };
  return { width, height, chips, frames: [frame, ...frames], lines };
}

/**
 * A tree leads from the task to each of its parts, also to those that wait for others, or it would look like a chain; a vote
 * from the voters to the task, an auction over the task to the award.
 */
function groupLinks(group: GraphTask, parts: readonly GraphTask[]): Link[] {
  return [...dependencyLinks(parts), ...parts.map((part) => linkToGroup(group, part, parts))];
}

function linkToGroup(group: GraphTask, task: GraphTask, parts: readonly GraphTask[]): Link {
  switch (task.part?.kind) {
    case "vote":
      return [task.taskId, group.taskId];
    case "bid":
      return [task.taskId, bidAfter(task, parts)?.taskId ?? group.taskId];
    default:
      return [group.taskId, task.taskId];
  }
}

/** What the same agent bids in the next round. */
function bidAfter({ agent, part }: GraphTask, parts: readonly GraphTask[]): GraphTask | undefined {
  const round = (part?.round ?? 1) + 1;
  return parts.find((other) => other.part?.kind === "bid" && other.part.round === round && other.agent === agent);
}

/** What one runs after; where that are too many lines to be told apart, without those that follow from others. */
function dependencyLinks(tasks: readonly GraphTask[]): Link[] {
  const links = allLinks(tasks);
  return isDense(links, tasks) ? withoutImplied(links) : links;
}

/** True when the picture leaves out lines. */
export function leavesLinesOut(tasks: readonly GraphTask[]): boolean {
  const families = [...Map.groupBy(tasks, ({ parentId }) => parentId).values()];
  return families.some((family) => {
    const links = allLinks(family);
    return isDense(links, family) && withoutImplied(links).length < links.length;
  });
}

function allLinks(tasks: readonly GraphTask[]): Link[] {
  const idOf = new Map(tasks.map(({ ref, taskId }) => [ref, taskId]));
  return tasks.flatMap((task) => innerDependencies(task, tasks).map((ref): Link => [idOf.get(ref) ?? "", task.taskId]));
}

const mostLinesOfTask = 3;

const isDense = (links: readonly Link[], tasks: readonly GraphTask[]) => links.length > mostLinesOfTask * tasks.length;

/** Without the lines from a to c where others lead from a over b to c. */
function withoutImplied(links: readonly Link[]): Link[] {
  const after = Map.groupBy(links, ([from]) => from);
  const known = new Map<string, ReadonlySet<string>>();
  const behind = (id: string): ReadonlySet<string> => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const reached = new Set<string>();
    known.set(id, reached);
    for (const [, to] of after.get(id) ?? []) for (const one of [to, ...behind(to)]) reached.add(one);
    return reached;
  };
  return links.filter(([from, to]) => !(after.get(from) ?? []).some(([, by]) => by !== to && behind(by).has(to)));
}

function shifted(picture: Picture, by: Point): Picture {
  const move = <T extends Point>(thing: T): T => ({ ...thing, x: thing.x + by.x, y: thing.y + by.y });
  return {
    ...picture,
    chips: picture.chips.map(move),
    frames: picture.frames.map(move),
    lines: picture.lines.map((line) => line.map(move)),
  };
}

/** How many tasks stand in some layers of equal size that follow one another, counted from 1, and how they stand. */
export type Fold = {
  readonly from: number;
  readonly to: number;
  readonly tasks: number;
  readonly counts: Partial<Record<TaskStatus, number>>;
};

/** The picture of too many tasks: its layers in numbers. Parts are counted where their group stands. */
export function foldedLayers(tasks: readonly GraphTask[]): Fold[] {
  const layers = layerSets(tasks);
  const folds: Fold[] = [];
  for (const [index, layer] of layers.entries()) {
    const before = folds.at(-1);
    const size = before === undefined ? 0 : before.tasks / (before.to - before.from + 1);
    if (before !== undefined && size === layer.length) folds[folds.length - 1] = joined(before, layer);
    else folds.push({ from: index + 1, to: index + 1, tasks: layer.length, counts: countStatus(layer) });
  }
  return folds;
}

function layerSets(tasks: readonly GraphTask[]): GraphTask[][] {
  const tops = tasks.filter(({ parentId }) => parentId === undefined);
  const [only] = tops;
  const members =
    tops.length === 1 && only !== undefined
      ? tasks.filter((task) => task === only || task.parentId === only.taskId)
      : tops;
  const links = tops.length === 1 && only !== undefined ? groupLinks(only, members.slice(1)) : dependencyLinks(tops);
  const layerOf = layersOf(
    members.map(({ taskId }) => taskId),
    links,
  );
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const layers: GraphTask[][] = [];
  for (const task of tasks) {
    const layer = layerOf.get(ancestorIn(task, layerOf, byId)) ?? 0;
    layers[layer] ??= [];
    layers[layer].push(task);
  }
  return layers;
}

function ancestorIn(
  task: GraphTask,
  layerOf: ReadonlyMap<string, number>,
  byId: ReadonlyMap<string, GraphTask>,
): string {
  let at: GraphTask | undefined = task;
  while (at !== undefined && !layerOf.has(at.taskId)) at = byId.get(at.parentId ?? "");
  return at?.taskId ?? "";
}

function joined(fold: Fold, layer: readonly GraphTask[]): Fold {
  const counts = { ...fold.counts };
  for (const [status, number] of Object.entries(countStatus(layer)) as [TaskStatus, number][]) {
    counts[status] = (counts[status] ?? 0) + number;
  }
  return { from: fold.from, to: fold.to + 1, tasks: fold.tasks + layer.length, counts };
}

function countStatus(tasks: readonly GraphTask[]): Fold["counts"] {
  const counts: Partial<Record<TaskStatus, number>> = {};
  for (const { status } of tasks) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The picture in words, for who does not see it: what it is, and what each task runs after. */
export function pictureInWords(tasks: readonly GraphTask[]): string {
  const name = patternOf(tasks)?.name ?? "One task";
  if (tasks.length > MOST_CHIPS) return `${name}, ${tasks.length} tasks in all.`;
  const tops = tasks.filter(({ parentId }) => parentId === undefined);
  return `${name}: ${tops.map((task) => taskInWords(task, tops, tasks)).join("; ")}.`;
}

function taskInWords(task: GraphTask, siblings: readonly GraphTask[], tasks: readonly GraphTask[]): string {
  const after = innerDependencies(task, siblings);
  const parts = tasks.filter(({ parentId }) => parentId === task.taskId);
  const own = parts.map((part) => taskInWords(part, parts, tasks)).join(", ");
  return `${task.ref}${after.length === 0 ? "" : ` after ${after.join(" and ")}`}${own === "" ? "" : ` (${own})`}`;
}
