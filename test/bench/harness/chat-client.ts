import { randomUUID } from "node:crypto";
import { z } from "zod";
import { closedLoop, Load } from "#/test/bench/harness/closed-loop.ts";
import { deltasRequest, deltasText } from "#/test/bench/harness/deltas-script.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** Posts messages to /api/chat, as `useChat` does, and reads each answer to its end. Argument: the server's address. */
const [url = ""] = process.argv.slice(2);
const Chunk = z.looseObject({ type: z.string(), delta: z.string().optional() });

async function chat(): Promise<void> {
  const response = await fetch(`${url}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      id: randomUUID(),
      messages: [{ id: randomUUID(), role: "user", parts: [{ type: "text", text: deltasRequest }] }],
      trigger: "submit-message",
    }),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  requireWhole(Buffer.concat(chunks).toString());
}

/** Looked at when all of it is there: who is measured must not wait for the reader. */
function requireWhole(stream: string): void {
  const text = stream
    .split("\n\n")
    .filter((frame) => frame.startsWith('data: {"type":"text-delta"'))
    .map((frame) => Chunk.parse(JSON.parse(frame.slice("data: ".length))).delta ?? "")
    .join("");
  const isEnded = stream.trimEnd().endsWith("data: [DONE]");
  if (!isEnded || text.trim() !== deltasText.trim())
    throw new Error(
      `an answer is not whole: ${text.length} of ${deltasText.length} characters; ${stream.slice(-1_000)}`,
    );
}

serve({ load: (question) => closedLoop(Load.parse(question), chat) });
