import type { Refusal } from "#/lib/protocol/gate.ts";
import type { RefusalCode } from "#/lib/protocol/refusal.ts";

/** What can be wrong with a whole block that may stand where it stands, in the order in which it is named. */
const order = [
  "duplicate-field",
  "unknown-field",
  "missing-field",
  "bad-value",
  "unknown-agent",
  "duplicate-id",
  "unknown-dependency",
  "cycle",
] as const satisfies readonly RefusalCode[];

type FaultCode = (typeof order)[number];

/** Keeps the first fault of each code, in the order of the text. */
export type Faults = {
  add(code: FaultCode, message: string): void;
  has(code: FaultCode): boolean;
  /** The one to name. */
  first(): Refusal | null;
};

export function createFaults(): Faults {
  const messages = new Map<FaultCode, string>();
  return {
    add(code, message) {
      if (!messages.has(code)) messages.set(code, message);
    },
    has: (code) => messages.has(code),
    first() {
      const code = order.find((known) => messages.has(known));
      return code === undefined ? null : { code, message: messages.get(code) ?? "" };
    },
  };
}
