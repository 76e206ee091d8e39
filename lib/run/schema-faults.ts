import type { z } from "zod";
import { nearest } from "#/lib/actions/edit-distance.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";

/** `path` says where, such as `tasks[2].agent`; `message` what is wrong there, and what it has to be. */
export type Fault = { readonly path: string; readonly message: string };

type Issue = z.core.$ZodIssue;

/**
 * What a schema has found in `given`, in plain sentences, below `at`. Messages of our own schemas begin with what the value has
 * to be: `be 1 to 40 characters`.
 */
export function faultsIn(error: z.ZodError, given: unknown, at = ""): Fault[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      const message = "There is no such field; leave it out.";
      return issue.keys.map((key) => ({ path: pathOf([...issue.path, key], at), message }));
    }
    return [{ path: pathOf(issue.path, at), message: sentenceOf(issue, valueAt(given, issue.path)) }];
  });
}

function pathOf(keys: readonly PropertyKey[], at: string): string {
  const path = keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return `${at}${path}`.replace(/^\./, "") || "body";
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }, given);
}

function sentenceOf(issue: Issue, value: unknown): string {
  if (issue.code === "invalid_union" && issue.path.at(-1) === "agent") {
    return `It is one of ${agentTypes.join(", ")}, any, or can: and a capability.`;
  }
  const wanted = wantedBy(issue);
  if (value === undefined) return `It is missing${wanted === null ? "" : `; it has to be ${wanted}`}.`;
  if (wanted !== null) return `It has to be ${wanted}, and is ${shown(value)}.`;
  switch (issue.code) {
    case "invalid_value":
      return choice(issue.values.map(String), value);
    case "too_small":
      return tooSmall(issue, value);
    case "too_big":
      return tooBig(issue, value);
    case "not_multiple_of":
      return `It has to be a multiple of ${issue.divisor}, and is ${shown(value)}.`;
    case "invalid_format":
      return ownWords(issue.message) ?? formatted(issue);
    case "invalid_key":
      return "Such a key is not taken here.";
    case "invalid_union":
      return `It can be several things here, and ${shown(value)} is none of them.`;
    default:
      return ownWords(issue.message) ?? "It is not what is taken here.";
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
};

/** The kind of value, when that is what is wrong. */
function wantedBy(issue: Issue): string | null {
  return issue.code === "invalid_type" ? (kinds[issue.expected] ?? issue.expected) : null;
}

function shown(value: unknown): string {
  if (value === null) return "empty (null)";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? (Array.isArray(value) ? "a list" : "an object") : String(value);
}

function choice(names: readonly string[], value: unknown): string {
  const near = typeof value === "string" ? nearest(value, names) : undefined;
  const written = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : shown(value);
  const known = names.length === 1 ? `It is ${names[0]}.` : `It is one of ${names.join(", ")}.`;
  return `It cannot be ${written}. ${known}${near === undefined ? "" : ` Did you mean ${near}?`}`;
}

function tooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: "too_small" }>, value: unknown): string {
  if (isNumber(origin)) return `It has to be ${inclusive ? "at least" : "more than"} ${minimum}, and is ${value}.`;
  if (origin === "string") {
    return minimum === 1 ? "It is empty; write something." : `It has to have at least ${minimum} characters.`;
  }
  return Number(minimum) <= 1 ? "It is empty; give at least one." : `It has to have at least ${minimum} entries.`;
}

function tooBig({ origin, maximum, inclusive }: Extract<Issue, { code: "too_big" }>, value: unknown): string {
  if (isNumber(origin))
    return `It ${inclusive ? "may be at most" : "has to be less than"} ${maximum}, and is ${value}.`;
  const most = maximum.toLocaleString("en");
  if (origin === "string") return `It is longer than ${most} characters; shorten it.`;
  return `It has more than ${most} entries; give fewer of them.`;
}

const isNumber = (origin: string) => origin === "number" || origin === "int" || origin === "bigint";

function ownWords(message: string): string | null {
  if (message.startsWith("be ")) return `It has to ${message}.`;
  return message.startsWith("cannot ") ? `It ${message}.` : null;
}

function formatted({ format, pattern }: Extract<Issue, { code: "invalid_format" }>): string {
  if (format === "url") return "It has to be an address in full, such as https://example.com/page.";
  return pattern === undefined ? `It has not the form of: ${format}.` : `It does not fit the pattern ${pattern}.`;
}
