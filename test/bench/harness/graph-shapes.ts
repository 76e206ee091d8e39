import { z } from "zod";
import { Load } from "#/test/bench/harness/closed-loop.ts";

export type Node = { readonly ref: string; readonly dependsOn: readonly string[] };

const COUNT = 100;
const ref = (at: number) => `n${at}`;
const nodes = (dependsOn: (at: number) => readonly number[]): readonly Node[] =>
  Array.from({ length: COUNT }, (_, at) => ({ ref: ref(at), dependsOn: dependsOn(at).map(ref) }));

/** 100 tasks each; references come before those that depend on them. */
export const shapes = [
  { name: "chain", nodes: nodes((at) => (at === 0 ? [] : [at - 1])) },
  /** One, 98 side by side, one. */
  { name: "fan", nodes: nodes((at) => (at === 0 ? [] : at < COUNT - 1 ? [0] : range(1, COUNT - 1))) },
  /** Rows of one and three: 0, then 1 to 3, then 4, then 5 to 7, ... */
  { name: "diamonds", nodes: nodes((at) => (at === 0 ? [] : at % 4 === 0 ? range(at - 3, at) : [at - (at % 4)])) },
] as const;

export const GraphLoad = Load.extend({ shape: z.enum(shapes.map(({ name }) => name)) });

export function nodesOf(shape: z.infer<typeof GraphLoad>["shape"]): readonly Node[] {
  return shapes.find(({ name }) => name === shape)?.nodes ?? [];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
