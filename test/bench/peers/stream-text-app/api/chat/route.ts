import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from "ai";
import { deltas } from "#/test/bench/harness/deltas-script.ts";
import { mockModel } from "#/test/bench/harness/mock-model.ts";

/** The route of the AI SDK's own getting-started page, with a model that answers at once. */
export async function POST(request: Request): Promise<Response> {
  const { messages }: { messages: UIMessage[] } = await request.json();
  const result = streamText({ model: mockModel(deltas()), messages: await convertToModelMessages(messages) });
  return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream: result.stream }) });
}
