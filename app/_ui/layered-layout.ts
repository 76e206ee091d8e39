/**
 * Places boxes in layers: each one layer behind the last of those that lead to it, in an order that crosses few lines. A line
 * over several layers is led through each of them, so that it never hides behind a box. Pure, and the same for the same input.
 *
 * It thinks in depth, along the direction in which the lines run, and breadth, across it.
 */
export type Box = { readonly id: string; readonly width: number; readonly height: number };

/** From one box to another, by their ids. */
export type Link = readonly [from: string, to: string];

export type Point = { readonly x: number; readonly y: number };

export type Direction = "right" | "down";

export type Layout = {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each box. */
  readonly places: ReadonlyMap<string, Point>;
  readonly lines: readonly (readonly Point[])[];
};

export type Spacing = {
  readonly direction: Direction;
  /** Between two layers. */
  readonly layerGap: number;
  /** Between two boxes of a layer. */
  readonly boxGap: number;
};

type Item = { readonly id: string; readonly depth: number; readonly breadth: number; readonly isBend: boolean };

const BEND_BREADTH = 6;

/** Every box has a place, also where the links run in a circle; links to boxes that are not given are left out. */
export function layOut(boxes: readonly Box[], links: readonly Link[], spacing: Spacing): Layout {
  const items = boxes.map((box) => itemOf(box, spacing.direction));
  const layerOf = layersOf(
    boxes.map(({ id }) => id),
    links,
  );
  const routes = links
    .filter(([from, to]) => (layerOf.get(from) ?? 0) < (layerOf.get(to) ?? 0))
    .map((link) => routeOf(link, layerOf));
  const layers = fillLayers(items, routes, layerOf);
  sortLayers(layers, routes);
  return drawn(place(layers, spacing), routes, spacing.direction);
}

/** The layer of each box, 0 for those to which nothing leads. */
export function layersOf(ids: readonly string[], links: readonly Link[]): ReadonlyMap<string, number> {
  const layerOf = new Map<string, number>();
  const open = new Map(ids.map((id) => [id, 0]));
  const known = links.filter(([from, to]) => open.has(from) && open.has(to));
  for (const [, to] of known) open.set(to, (open.get(to) ?? 0) + 1);
  const next = Map.groupBy(known, ([from]) => from);
  const ready = ids.filter((id) => open.get(id) === 0);
  for (const id of ready) layerOf.set(id, 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const [, to] of next.get(id) ?? []) {
      layerOf.set(to, Math.max(layerOf.get(to) ?? 0, (layerOf.get(id) ?? 0) + 1));
      open.set(to, (open.get(to) ?? 0) - 1);
      if (open.get(to) === 0) ready.push(to);
    }
  }
  for (const id of ids) if (open.get(id) !== 0) layerOf.set(id, 0);
  return layerOf;
}

function itemOf({ id, width, height }: Box, direction: Direction): Item {
  const [depth, breadth] = direction === "right" ? [width, height] : [height, width];
  return { id, depth, breadth, isBend: false };
}

/** The items that a line passes, a bend in each layer between its ends. */
type Route = readonly string[];

function routeOf([from, to]: Link, layerOf: ReadonlyMap<string, number>): Route {
  const [first, last] = [layerOf.get(from) ?? 0, layerOf.get(to) ?? 0];
  const bends = Array.from({ length: last - first - 1 }, (_, index) => `${from}>${to}@${first + index + 1}`);
  return [from, ...bends, to];
}

function fillLayers(items: readonly Item[], routes: readonly Route[], layerOf: ReadonlyMap<string, number>): Item[][] {
  const layers: Item[][] = [];
  const put = (layer: number, item: Item) => {
    layers[layer] ??= [];
    layers[layer].push(item);
  };
  for (const item of items) put(layerOf.get(item.id) ?? 0, item);
  for (const [from = "", ...rest] of routes) {
    const first = layerOf.get(from) ?? 0;
    const bends = rest.slice(0, -1);
    for (const [index, id] of bends.entries()) {
      put(first + index + 1, { id, depth: 0, breadth: BEND_BREADTH, isBend: true });
    }
  }
  return layers;
}

const SWEEPS = 4;

/** Each item goes to the mean place of its neighbours in the layer before, then of those in the layer behind, and again. */
function sortLayers(layers: Item[][], routes: readonly Route[]): void {
  const steps = routes.flatMap((route) => route.slice(1).map((to, index): Link => [route[index] ?? "", to]));
  const before = Map.groupBy(steps, ([, to]) => to);
  const behind = Map.groupBy(steps, ([from]) => from);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    const order = forward ? layers.slice(1) : layers.slice(0, -1).reverse();
    const neighbours = (id: string) =>
      forward ? (before.get(id) ?? []).map(([from]) => from) : (behind.get(id) ?? []).map(([, to]) => to);
    for (const layer of order) sortLayer(layer, placesIn(layers), neighbours);
  }
}

function placesIn(layers: readonly Item[][]): ReadonlyMap<string, number> {
  return new Map(layers.flatMap((layer) => layer.map(({ id }, index) => [id, (index + 0.5) / layer.length] as const)));
}

function sortLayer(layer: Item[], places: ReadonlyMap<string, number>, neighbours: (id: string) => string[]): void {
  const wish = new Map(
    layer.map(({ id }) => [id, mean(neighbours(id).map((other) => places.get(other) ?? 0.5)) ?? places.get(id) ?? 0.5]),
  );
  layer.sort((left, right) => (wish.get(left.id) ?? 0) - (wish.get(right.id) ?? 0));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Where an item and its layer begin and end along the depth, and where its middle is across it. */
type Placed = {
  readonly item: Item;
  readonly from: number;
  readonly to: number;
  readonly layerEnd: number;
  readonly middle: number;
};

type Placement = { readonly depth: number; readonly breadth: number; readonly placed: ReadonlyMap<string, Placed> };

function place(layers: readonly Item[][], { layerGap, boxGap }: Spacing): Placement {
  const breadth = Math.max(0, ...layers.map((layer) => breadthOf(layer, boxGap)));
  const placed = new Map<string, Placed>();
  let at = 0;
  for (const layer of layers) {
    const layerEnd = at + depthOf(layer);
    let across = (breadth - breadthOf(layer, boxGap)) / 2;
    for (const item of layer) {
      const to = item.isBend ? layerEnd : at + item.depth;
      placed.set(item.id, { item, from: at, to, layerEnd, middle: across + item.breadth / 2 });
      across += item.breadth + boxGap;
    }
    at = layerEnd + layerGap;
  }
  return { depth: Math.max(0, at - layerGap), breadth, placed };
}

function breadthOf(layer: readonly Item[], boxGap: number): number {
  return layer.reduce((sum, item) => sum + item.breadth + boxGap, -boxGap);
}

function depthOf(layer: readonly Item[]): number {
  return Math.max(0, ...layer.map((item) => item.depth));
}

function drawn({ depth, breadth, placed }: Placement, routes: readonly Route[], direction: Direction): Layout {
  const pointAt = (along: number, across: number): Point =>
    direction === "right" ? { x: along, y: across } : { x: across, y: along };
  const boxes = [...placed.values()].filter(({ item }) => !item.isBend);
  const corner = ({ item, from, middle }: Placed) => pointAt(from, middle - item.breadth / 2);
  const lines = routes.map((route) => pointsOf(route, placed).map(([along, across]) => pointAt(along, across)));
  const { x: width, y: height } = pointAt(depth, breadth);
  return { width, height, places: new Map(boxes.map((box) => [box.item.id, corner(box)])), lines };
}

/** From the end of the first item to the beginning of the last one, along whatever stands beside it on the way. */
function pointsOf(route: Route, placed: ReadonlyMap<string, Placed>): [number, number][] {
  return route.flatMap((id, index): [number, number][] => {
    const at = placed.get(id);
    if (at === undefined) return [];
    const start: [number, number] = [at.from, at.middle];
    const end: [number, number] = [at.to, at.middle];
    if (index === route.length - 1) return [start];
    return [index === 0 ? end : start, [at.layerEnd, at.middle]];
  });
}
