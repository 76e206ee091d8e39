import type { Step } from "#/lib/workflow/schema.ts";

/** A hole is `{{name}}`, with blanks around the name or without. */
const hole = /\{\{([^{}]*)\}\}/g;

export type Hole = { readonly name: string; readonly written: string };

export function holesIn(text: string): Hole[] {
  return [...text.matchAll(hole)].map(([written, name = ""]) => ({ name: name.trim(), written }));
}

/** The beginning of the first piece of text that begins as a hole does and never ends as one; null when there is none. */
export function openHoleIn(text: string): string | null {
  return /\{\{[^{}\n]{0,20}/.exec(text.replace(hole, ""))?.[0] ?? null;
}

/** The text with its holes filled, once: what stands in a value is not looked at again. A hole without a value stays. */
export function fillHoles(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(hole, (written, name: string) => values.get(name.trim()) ?? written);
}

/** The same in every string of a JSON value; keys stay as they are. */
export function fillJson<T>(value: T, values: ReadonlyMap<string, string>): T;
export function fillJson(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return fillHoles(value, values);
  if (Array.isArray(value)) return value.map((entry) => fillJson<unknown>(entry, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fillJson<unknown>(entry, values)]));
}

export type TextPlace = { readonly path: readonly (string | number)[]; readonly text: string };

/** Every text of a step that may hold holes, with its place below the step. */
export function textsWithHoles(step: Pick<Step, "task"> & { readonly input?: unknown }): TextPlace[] {
  return [{ path: ["task"], text: step.task }, ...textsIn(step.input, ["input"])];
}

function textsIn(value: unknown, path: TextPlace["path"]): TextPlace[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((entry, at) => textsIn(entry, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => textsIn(entry, [...path, key]));
}
