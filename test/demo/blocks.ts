/** A DELEGATE block with these fields, in this order. */
export function delegation(fields: Readonly<Record<string, string | object>>): string {
  const lines = Object.entries(fields).map(
    ([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return ["ACTION: DELEGATE", ...lines, "---END---"].join("\n");
}
