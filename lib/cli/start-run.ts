import { randomUUID } from "node:crypto";
import { jsonRequest, notDeputy, type Server } from "#/lib/cli/server.ts";
import { SECOND, sleep, ticks } from "#/lib/clock.ts";
import { asDeputyError, type DeputyError } from "#/lib/errors.ts";

export type Question = { readonly text: string; readonly conversationId: string };

const giveUpAfterMs = 60 * SECOND;
const pauseMs = 500;

export type Starting = {
  readonly signal: AbortSignal;
  /** The first time that it did not work and is tried again. */
  readonly onDelay: (error: DeputyError) => void;
};

/**
 * Posts the message and returns the id of its run. A connection that breaks after it was made, and a server that cannot take
 * the message now, are tried again for 60 s: the message carries an id, so the server starts no second run. Throws
 * `server-unreachable` at once when nobody listens.
 */
export async function startRun(server: Server, question: Question, { signal, onDelay }: Starting): Promise<string> {
  const body = bodyOf(question);
  const began = ticks();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await post(server, body, signal);
    } catch (thrown) {
      const error = asDeputyError(thrown, "broken");
      const wasThere = attempt > 1 || !isRefusedConnection(error);
      if (signal.aborted || !error.retryable || !wasThere || ticks() - began > giveUpAfterMs) throw error;
      if (attempt === 1) onDelay(error);
      await sleep(pauseMs, signal);
    }
  }
}

/** As a stock `useChat` sends it. */
function bodyOf({ text, conversationId }: Question) {
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text }] };
  return { id: conversationId, messages: [message], trigger: "submit-message" };
}

async function post(server: Server, body: unknown, signal: AbortSignal): Promise<string> {
  const reply = await server.open("/api/chat", { ...jsonRequest(body), signal });
  // The run is followed by its events; leaving this stream does not stop it.
  await reply.body?.cancel();
  const runId = reply.headers.get("x-run-id");
  if (runId) return runId;
  throw notDeputy(server.url, "no X-Run-Id in the answer to a message");
}

function isRefusedConnection(error: Error): boolean {
  const reason = error.cause instanceof Error ? error.cause.cause : undefined;
  return (
    reason instanceof Error && "code" in reason && reason.code !== "ECONNRESET" && reason.code !== "UND_ERR_SOCKET"
  );
}
