import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Box, type Direction, type Layout, type Link, layersOf, layOut } from "#/app/_ui/layered-layout.ts";

const spacing = (direction: Direction) => ({ direction, layerGap: 30, boxGap: 8 });

/** Links lead from a lower number to a higher one, so there is no circle. */
const graphs = fc
  .array(fc.record({ width: fc.integer({ min: 40, max: 200 }), height: fc.integer({ min: 20, max: 60 }) }), {
    minLength: 1,
    maxLength: 20,
  })
  .chain((sizes) => {
    const boxes = sizes.map((size, index): Box => ({ id: `b${index}`, ...size }));
    const index = fc.nat({ max: boxes.length - 1 });
    const link = fc.tuple(index, index).filter(([from, to]) => from < to);
    const links = fc.array(link, { maxLength: boxes.length > 1 ? 30 : 0 });
    return links.map((pairs) => ({ boxes, links: pairs.map(([from, to]): Link => [`b${from}`, `b${to}`]) }));
  });
const directions = fc.constantFrom<Direction>("right", "down");

const placeOf = (layout: Layout, id: string) => layout.places.get(id) ?? { x: Number.NaN, y: Number.NaN };

describe("a layered layout", () => {
  it("places every box inside of its area, none over another", () => {
    fc.assert(
      fc.property(graphs, directions, ({ boxes, links }, direction) => {
        const layout = layOut(boxes, links, spacing(direction));
        for (const [index, box] of boxes.entries()) {
          const at = placeOf(layout, box.id);
          expect(at.x).toBeGreaterThanOrEqual(0);
          expect(at.y).toBeGreaterThanOrEqual(0);
          expect(at.x + box.width).toBeLessThanOrEqual(layout.width + 0.01);
          expect(at.y + box.height).toBeLessThanOrEqual(layout.height + 0.01);
          for (const other of boxes.slice(index + 1)) expect(overlaps(layout, box, other)).toBe(false);
        }
      }),
    );
  });

  it("draws every link as a line that only runs forward, from the end of a box to the beginning of another", () => {
    fc.assert(
      fc.property(graphs, ({ boxes, links }) => {
        const layout = layOut(boxes, links, spacing("right"));
        expect(layout.lines).toHaveLength(links.length);
        for (const [index, line] of layout.lines.entries()) {
          const [from, to] = links[index] ?? ["", ""];
          const width = boxes.find(({ id }) => id === from)?.width ?? 0;
          expect(line[0]?.x).toBeCloseTo(placeOf(layout, from).x + width);
          expect(line.at(-1)?.x).toBeCloseTo(placeOf(layout, to).x);
          expect(line.map(({ x }) => x)).toEqual(line.map(({ x }) => x).sort((a, b) => a - b));
        }
      }),
    );
  });

  it("leads a line over several layers past the boxes between, never through one", () => {
    fc.assert(
      fc.property(graphs, ({ boxes, links }) => {
        const layout = layOut(boxes, links, spacing("right"));
        for (const [index, line] of layout.lines.entries()) {
          const between = boxes.filter(({ id }) => !links[index]?.includes(id));
          // What lies along a box is straight; the curves lie in the gaps between layers.
          for (const [step, from] of line.slice(0, -1).entries()) {
            const to = line[step + 1];
            if (to?.y !== from.y || to.x - from.x <= 30) continue;
            for (const box of between) expect(crosses(layout, box, from.y, from.x, to.x)).toBe(false);
          }
        }
      }),
    );
  });

  it("is the same turned by a quarter when it runs down", () => {
    const square = (id: string): Box => ({ id, width: 40, height: 40 });
    const boxes = ["a", "b", "c"].map(square);
    const links: Link[] = [
      ["a", "b"],
      ["a", "c"],
    ];
    const right = layOut(boxes, links, spacing("right"));
    const down = layOut(boxes, links, spacing("down"));
    expect([down.width, down.height]).toEqual([right.height, right.width]);
    for (const { id } of boxes) expect(placeOf(down, id)).toEqual({ x: placeOf(right, id).y, y: placeOf(right, id).x });
  });

  it("has a place for every box of a circle, too", () => {
    const boxes = ["a", "b"].map((id): Box => ({ id, width: 40, height: 20 }));
    const layout = layOut(
      boxes,
      [
        ["a", "b"],
        ["b", "a"],
      ],
      spacing("right"),
    );
    expect([...layout.places.keys()].sort()).toEqual(["a", "b"]);
    expect(layout.lines).toEqual([]);
  });

  it("keeps apart what would cross: children stand in the order of their parents", () => {
    const boxes = ["a", "b", "of-b", "of-a"].map((id): Box => ({ id, width: 40, height: 20 }));
    const layout = layOut(
      boxes,
      [
        ["a", "of-a"],
        ["b", "of-b"],
      ],
      spacing("right"),
    );
    expect(placeOf(layout, "of-a").y).toBe(placeOf(layout, "a").y);
  });
});

describe("layersOf", () => {
  it("puts each box behind the last of those that lead to it", () => {
    const layers = layersOf(
      ["a", "b", "c", "d"],
      [
        ["a", "b"],
        ["b", "c"],
        ["a", "c"],
        ["x", "d"],
      ],
    );
    expect(Object.fromEntries(layers)).toEqual({ a: 0, b: 1, c: 2, d: 0 });
  });
});

function overlaps(layout: Layout, one: Box, other: Box): boolean {
  const [a, b] = [placeOf(layout, one.id), placeOf(layout, other.id)];
  const apart =
    a.x + one.width <= b.x || b.x + other.width <= a.x || a.y + one.height <= b.y || b.y + other.height <= a.y;
  return !apart;
}

function crosses(layout: Layout, box: Box, y: number, fromX: number, toX: number): boolean {
  const at = placeOf(layout, box.id);
  return y > at.y && y < at.y + box.height && fromX < at.x + box.width && toX > at.x;
}
