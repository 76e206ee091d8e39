import { z } from "zod";
import { type ScriptedTurn, scriptedReply } from "#/test/faults/scripted-model.ts";
import {
  type OpenAIServer,
  type RecordedRequest,
  type ScriptedReply,
  startOpenAIServer,
} from "#/test/support/openai-server.ts";

/** A call of the scripted model by HTTP. */
export type ModelCall = ScriptedTurn & {
  /** Unix time at which it came in. */
  readonly at: number;
  /** The model's name. */
  readonly model: string;
  /** 1, 2, ... of the calls of this run. */
  readonly number: number;
};

export type ModelServer = {
  readonly calls: readonly ModelCall[];
  /** For a worker that is to ask this server. */
  readonly settings: Record<string, string>;
  /** What is answered from now on in place of what the order wants; null: what it wants. */
  trouble(trouble: (call: ModelCall) => ScriptedReply | null): void;
  close: OpenAIServer["close"];
};

const Messages = z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.unknown() }));

/** The scripted model behind a server, for workers that ask by the product's own models. */
export async function startModelServer(): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  let trouble: (call: ModelCall) => ScriptedReply | null = () => null;
  const server = await startOpenAIServer((request) => {
    if (!request.said("user").includes("ORDER ")) return { text: "Nothing." };
    const reply = scriptedReply(messagesOf(request));
    const number = calls.filter(({ order }) => order.nonce === reply.order.nonce).length + 1;
    const call = { ...reply, at: Date.now(), model: String(request.body.model), number };
    calls.push(call);
    return trouble(call) ?? { text: call.text, chunk: call.order.delta, delayMs: call.order.pauseMs };
  });
  return {
    calls,
    settings: {
      FAULT_MODEL: "http",
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: "test",
      ...Object.fromEntries(["FAST", "STANDARD", "LARGE", "EXPERT"].map((tier) => [`DEPUTY_MODEL_${tier}`, "own"])),
    },
    trouble: (next) => {
      trouble = next;
    },
    close: server.close,
  };
}

function messagesOf({ body }: RecordedRequest) {
  return Messages.parse(body.messages).flatMap(({ role, content }) =>
    role === "system" ? [] : [{ role, content: textOf(content) }],
  );
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return z
    .array(z.object({ text: z.string() }))
    .parse(content)
    .map(({ text }) => text)
    .join("");
}
