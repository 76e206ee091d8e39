import type { Gate } from "#/lib/protocol/gate.ts";

/** What a user's own message may do: delegate, and nothing else. It moves no phase. */
export const userGate: Gate = {
  refuses(kind) {
    if (kind === "delegate") return null;
    const message = `${kind.toUpperCase()} is the main agent's to write; a message may hold DELEGATE blocks.`;
    return { code: "not-allowed-for-user", message };
  },
  admit: () => null,
};
