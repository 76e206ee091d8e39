import type { z } from "zod";
import { nearest } from "#/lib/actions/edit-distance.ts";
import type { Path } from "#/lib/workflow/place.ts";
import { Step, Workflow, WorkflowInput } from "#/lib/workflow/schema.ts";

type Issue = z.core.$ZodIssue;

export type Reason = {
  readonly path: Path;
  /** Whether the fault is the key itself, not its value. */
  readonly ofKey?: boolean;
  readonly message: string;
};

/** Further keys of one mapping are seldom news. */
const mostKeys = 20;

/** What is wrong with the content of a file, by the schema's issues, in words; `content` is what was read. */
export function reasonsOf(issues: readonly Issue[], content: unknown): Reason[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
    if (issue.code === "unrecognized_keys")
      return issue.keys.slice(0, mostKeys).map((key) => unknownKey([...path, key], content));
    if (issue.code === "invalid_key") return [{ path, ofKey: true, message: sentence(path, wordsOf(issue)) }];
    return [{ path, message: sentence(path, adviceFor(issue, valueAt(content, path))) }];
  });
}

function unknownKey(path: Path, content: unknown): Reason {
  const key = String(path.at(-1));
  const known = keysBeside(path);
  const present = valueAt(content, path.slice(0, -1));
  const free = known.filter((name) => typeof present !== "object" || present === null || !(name in present));
  const near = nearest(key, free) ?? nearest(key.toLowerCase(), free);
  const advice = near === undefined ? `Known are ${known.join(", ")}.` : `Did you mean ${near}?`;
  return { path, ofKey: true, message: `\`${key.slice(0, 60)}\` is no key here. ${advice}` };
}

function keysBeside(path: Path): string[] {
  if (path[0] === "steps" && path.length > 1) return Object.keys(Step.shape);
  return Object.keys(path[0] === "inputs" && path.length > 2 ? WorkflowInput.shape : Workflow.shape);
}

function adviceFor(issue: Issue, value: unknown): string {
  if (value === undefined) return "is missing";
  if (value === null && issue.path.length === 0) return "is empty";
  if (value === null) return "is empty; give it a value, or leave the line out";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}${quotesFor(issue.expected, value)}`;
    case "invalid_value":
      return `cannot be ${JSON.stringify(value)}. ${choice(issue.values, value)}`;
    case "invalid_union":
      return issue.path[2] === "input" ? "is no value that JSON has" : issue.message;
    default:
      return wordsOf(issue);
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of keys to values",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
};

function quotesFor(expected: string, value: unknown): string {
  const isBare = expected === "string" && (typeof value === "number" || typeof value === "boolean");
  return isBare ? `; write it in quotes: "${value}"` : "";
}

function choice(values: readonly unknown[], written: unknown): string {
  const names = values.map(String);
  const near = typeof written === "string" ? nearest(written, names) : undefined;
  if (near !== undefined) return `Did you mean ${near}? It is one of ${names.join(", ")}.`;
  return names.length === 1 ? `It is ${names[0]}.` : `It is one of ${names.join(", ")}.`;
}

/** Our own words, or the schema's; a key that is not allowed has them one level deeper. */
function wordsOf(issue: Issue): string {
  return issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

function sentence(path: Path, words: string): string {
  return `${nameOf(path)} ${words}${/[.?]$/.test(words) ? "" : "."}`;
}

function nameOf(path: Path): string {
  const name = path.reduce<string>(
    (before, key) => (typeof key === "number" ? `${before}[${key + 1}]` : `${before}${before && "."}${key}`),
    "",
  );
  return name === "" ? "The file" : `\`${name}\``;
}

function valueAt(content: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, content);
}
