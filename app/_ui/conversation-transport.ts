"use client";

import "#/app/_ui/without-eval.ts";

import { DefaultChatTransport } from "ai";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

export type Heard = {
  /** The server has taken the message; the run that answers it, where the server named it. */
  accepted(runId: string | undefined): void;
  /** The answer to an attempt to join a running run. */
  joined(outcome: "streaming" | "nothing-runs"): void;
};

/** Speaks docs/http.md: only the newest message is sent, the server has the others. */
export function conversationTransport(heard: Heard): DefaultChatTransport<DeputyMessage> {
  return new DefaultChatTransport<DeputyMessage>({
    api: "/api/chat",
    prepareSendMessagesRequest: ({ id, messages, trigger }) => ({
      body: { id, messages: messages.slice(-1), trigger },
    }),
    prepareReconnectToStreamRequest: ({ id }) => ({ api: `/api/chat/${encodeURIComponent(id)}/stream` }),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!response.ok) return response;
      if (init?.method === "POST") heard.accepted(response.headers.get("x-run-id") ?? undefined);
      else heard.joined(response.status === 204 ? "nothing-runs" : "streaming");
      return response;
    },
  });
}

/** The server answers within 5 s, if only that its database does not. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * The id of the newest run of a conversation; null when it has none. `gone`: there is no such conversation. `unknown`: it
 * cannot be known now.
 */
export async function newestRunOf(conversationId: string): Promise<string | null | "gone" | "unknown"> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(`/api/chat/${encodeURIComponent(conversationId)}/stream`, { method: "HEAD", signal });
    if (response.status === 404) return "gone";
    return response.ok ? response.headers.get("x-run-id") : "unknown";
  } catch {
    return "unknown";
  }
}

/** Why a request failed, in words for a person: the server's own message where it sent one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "Something went wrong. Try again.";
  if (error instanceof TypeError) return "The server cannot be reached. Check that it is running, then try again.";
  return messageIn(error.message) ?? error.message;
}

/** The HTTP status that an error of the transport carries. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" ? status : undefined;
}

/** Sends JSON to the product's interface; throws an Error with the server's message when it is refused. */
export async function callApi(method: "GET" | "POST" | "DELETE", path: string, body: object = {}): Promise<unknown> {
  const sent = method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, { method, ...sent });
  if (!response.ok) throw Object.assign(new Error(await response.text()), { statusCode: response.status });
  return response.status === 204 ? undefined : response.json();
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const message = typeof parsed === "object" && parsed !== null && "message" in parsed ? parsed.message : undefined;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
