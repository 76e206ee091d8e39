import { z } from "zod";

const Question = z.object({ id: z.number(), name: z.string(), question: z.unknown() });

const CLOSE_MS = 4_000;

/**
 * The other side of `startMember`: answers its questions, and ends with it. `close` is called when it is told to stop.
 */
export function serve(
  answers: Record<string, (question: unknown) => Promise<unknown>>,
  close: () => Promise<void> = async () => {},
): void {
  process.on("message", async (message) => {
    const { id, name, question } = Question.parse(message);
    try {
      const answer = (await answers[name]?.(question)) ?? null;
      process.send?.({ id, answer });
    } catch (thrown) {
      process.send?.({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    }
  });
  const stop = () => {
    setTimeout(() => process.exit(1), CLOSE_MS).unref();
    void close().finally(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("disconnect", stop);
  process.send?.({ ready: true });
}
