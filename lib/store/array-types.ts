import type { PostgresType } from "postgres";

/**
 * Arrays of one dimension, as the driver is to read and write them. It could ask every new connection for its array types, but
 * when the connection is lost meanwhile, that ends the process; the types that Postgres brings have fixed numbers.
 */
export const arrayTypes: Record<"ofBooleans" | "ofNumbers" | "ofTexts", PostgresType> = {
  // bool[]
  ofBooleans: { to: 1000, from: [1000], serialize, parse: (text: string) => elements(text, (one) => one === "t") },
  // int2[], int4[], float4[], float8[]
  ofNumbers: { to: 1007, from: [1005, 1007, 1021, 1022], serialize, parse: (text: string) => elements(text, Number) },
  // name[], text[], varchar[], int8[], uuid[]: a number of 8 bytes is a text to the driver, too.
  ofTexts: {
    to: 1009,
    from: [1003, 1009, 1015, 1016, 2951],
    serialize,
    parse: (text: string) => elements(text, (one) => one),
  },
};

function serialize(values: unknown): unknown {
  return Array.isArray(values) ? `{${values.map(written).join(",")}}` : values;
}

function written(value: unknown): string {
  if (value === undefined) throw new Error("undefined cannot stand in an array of Postgres");
  return value === null ? "NULL" : `"${String(value).replace(/[\\"]/g, "\\$&")}"`;
}

function elements<T>(text: string, read: (element: string) => T): (T | null)[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^{},]+)/gs)].map(([, quoted, plain = ""]) => {
    if (quoted !== undefined) return read(quoted.replace(/\\(.)/gs, "$1"));
    return plain === "NULL" ? null : read(plain);
  });
}
