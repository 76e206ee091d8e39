export type JsonObject = Record<string, unknown>;

export type JsonReading =
  | { readonly kind: "object"; readonly object: JsonObject }
  | { readonly kind: "fault"; readonly message: string };

const deepest = 64;

/**
 * The JSON object that a text is, or why it is none that can be kept: it must come out of a store as it went in, so it may
 * not be nested without end, hold U+0000, a number that JSON cannot write again, or a key that objects treat as their own.
 */
export function readJsonObject(text: string): JsonReading {
  const object = parseJson(text);
  if (!isObject(object)) return { kind: "fault", message: 'It is one JSON object, such as {"depth": 2}, in no fence.' };
  if (isKeepable(object, deepest)) return { kind: "object", object };
  return {
    kind: "fault",
    message: `It is nested deeper than ${deepest}, or holds U+0000, __proto__ or a number too large.`,
  };
}

/** Undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKeepable(value: unknown, depth: number): boolean {
  if (typeof value === "string") return !value.includes("\0");
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.entries(value).every(([key, item]) => isKeepableKey(key) && isKeepable(item, depth - 1));
}

function isKeepableKey(key: string): boolean {
  return key !== "__proto__" && !key.includes("\0");
}
