import { parseJson } from "#/lib/actions/json-object.ts";

/**
 * Whether the whole value stands for another: `<...>`, `[...]` (but for JSON), `{{...}}` or dots alone. The first bracket
 * must be closed by the last one: `<b>text</b>` and `[a] or [b]` are values.
 */
export function isPlaceholder(value: string): boolean {
  if (/^[.… ]+$/.test(value)) return true;
  if (isOnePair(value, "<", ">")) return true;
  if (value.startsWith("{{") && value.endsWith("}}"))
    return isOnePair(value, "{", "}") && isOnePair(value.slice(1, -1), "{", "}");
  return isOnePair(value, "[", "]") && parseJson(value) === undefined;
}

function isOnePair(value: string, open: string, close: string): boolean {
  if (!value.startsWith(open) || !value.endsWith(close)) return false;
  let depth = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === open) depth += 1;
    else if (value[at] === close) depth -= 1;
    if (depth === 0) return at === value.length - 1;
  }
  return false;
}
