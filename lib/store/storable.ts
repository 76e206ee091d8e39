/**
 * A value as Postgres can store it in `text` and `jsonb`: without NUL, and with a replacement character for each lone
 * surrogate (jsonb refuses both, and a run whose model wrote one could otherwise not be saved).
 */
export function storable<T>(value: T): T {
  return clean(value) as T;
}

/** False for what no stored text can be: Postgres refuses to compare with it, too. */
export function isStorable(text: string): boolean {
  return clean(text) === text;
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\u0000", "").toWellFormed();
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), clean(item)]));
}
