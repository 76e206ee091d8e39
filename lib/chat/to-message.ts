import type { DeputyMessage } from "#/lib/chat/parts.ts";
import { type DeputyChunk, MessageFold } from "#/lib/chat/to-chunks.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";

type Part = DeputyMessage["parts"][number];
type Prose = Extract<Part, { type: "text" | "reasoning" }>;

/**
 * The finished message of a run, as the AI SDK's own reader would build it from the same chunks (a test compares the two),
 * without copying the message for every chunk.
 */
export function toMessage(events: readonly RunEvent[]): DeputyMessage {
  const fold = new MessageFold();
  const message: DeputyMessage = { id: "", role: "assistant", parts: [] };
  const open = new Map<string, Prose>();
  for (const event of events) for (const chunk of fold.push(event)) apply(message, open, chunk);
  return message;
}

function apply(message: DeputyMessage, open: Map<string, Prose>, chunk: DeputyChunk): void {
  switch (chunk.type) {
    case "start":
      message.id = chunk.messageId ?? message.id;
      message.metadata = chunk.messageMetadata;
      return;
    case "start-step":
      message.parts.push({ type: "step-start" });
      return;
    case "reset-step":
      open.clear();
      message.parts.length = message.parts.findLastIndex((part) => part.type === "step-start") + 1;
      return;
    case "text-start":
    case "reasoning-start": {
      const { id, providerMetadata } = chunk;
      const shared = { text: "", providerMetadata, state: "streaming" as const };
      const part: Prose =
        chunk.type === "text-start" ? { type: "text", ...shared } : { type: "reasoning", id, ...shared };
      open.set(chunk.id, part);
      message.parts.push(part);
      return;
    }
    case "text-delta":
    case "reasoning-delta": {
      const part = open.get(chunk.id);
      if (part) part.text += chunk.delta;
      return;
    }
    case "text-end":
    case "reasoning-end": {
      const part = open.get(chunk.id);
      if (part) part.state = "done";
      return;
    }
    case "source-url": {
      const { type, sourceId, url, title } = chunk;
      message.parts.push({ type, sourceId, url, title });
      return;
    }
    default:
      if (chunk.type.startsWith("data-")) putData(message, chunk as Part & { id: string });
  }
}

function putData(message: DeputyMessage, part: Part & { id: string }): void {
  const at = message.parts.findIndex((other) => "id" in other && other.type === part.type && other.id === part.id);
  if (at === -1) message.parts.push(part);
  else message.parts[at] = part;
}
