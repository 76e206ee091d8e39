import { z } from "zod";
import { admitted } from "#/app/api/admission.ts";
import { readJson, route } from "#/app/api/answer.ts";
import { eventStream } from "#/app/api/event-stream.ts";
import { context } from "#/app/context.ts";
import { streamAsMessage } from "#/lib/chat/stream-run.ts";
import { DeputyError } from "#/lib/errors.ts";
import { startRun } from "#/lib/run/start-run.ts";

/** A stock client sends the whole conversation each time; only its newest user message counts. */
const MOST_BODY_BYTES = 8 * 1_024 * 1_024;
const MOST_MESSAGE_UNITS = 100_000;

/** Neither control characters nor halves of characters: they could not be stored, or would make one id of two. */
const id = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "must be 1 to 200 characters without control characters");
const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Message = z.looseObject({ id, role: z.enum(["system", "user", "assistant"]), parts: z.array(Part) });
const Body = z.looseObject({
  id,
  messages: z.array(Message).min(1),
  trigger: z.enum(["submit-message", "regenerate-message"]).default("submit-message"),
});

/** Starts a run for the newest user message and streams it; a message that has its run already joins that one. */
export const POST = route(async (request: Request) => {
  const body = await readJson(request, Body, MOST_BODY_BYTES);
  const message = body.messages.findLast((candidate) => candidate.role === "user");
  if (message === undefined) throw new DeputyError("bad-request", "The body holds no message with the role user.");
  const text = textOf(message);
  const again = body.trigger === "regenerate-message";
  const asked = { conversationId: body.id, messageId: message.id, text, again };
  const { runId } = await admitted(() => startRun(context(), asked));
  return eventStream(request, (viewer) => streamAsMessage(context(), runId, viewer), { "x-run-id": runId });
});

function textOf(message: z.infer<typeof Message>): string {
  const text = message.parts.flatMap((part) => (part.type === "text" ? (part.text ?? "") : [])).join("\n");
  // NUL is not stored, so it says nothing.
  if (text.replaceAll("\u0000", "").trim() === "")
    throw new DeputyError("message-empty", "The message is empty. Write what you want to know or have done.");
  if (text.length <= MOST_MESSAGE_UNITS) return text;
  throw new DeputyError(
    "message-too-large",
    `The message has ${text.length} characters; at most ${MOST_MESSAGE_UNITS} are taken. Shorten it, or ingest the text as a document: deputy ingest FILE.`,
  );
}
