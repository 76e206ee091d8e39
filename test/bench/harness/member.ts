import { fork } from "node:child_process";
import { z } from "zod";

/** A process that takes part in a measurement: it answers questions by name, see `serve`. */
export type Member = {
  readonly pid: number;
  /** Throws what the other side threw, and when it ends before it answers. */
  ask<T>(name: string, question: unknown, answer: z.ZodType<T>): Promise<T>;
  stop(): Promise<void>;
};

const Reply = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ id: z.number(), answer: z.unknown() }),
  z.object({ id: z.number(), error: z.string() }),
]);

/** Longer than any measurement: what takes longer hangs. */
const ANSWER_MS = 60_000;

type Waiting = { resolve(answer: unknown): void; reject(error: Error): void };

/** `path` is relative to test/bench. Resolves when the process calls `serve`. */
export async function startMember(
  path: string,
  options: { args?: readonly string[]; env?: Record<string, string>; nodeFlags?: readonly string[] } = {},
): Promise<Member> {
  const child = fork(new URL(`../${path}`, import.meta.url), options.args ?? [], {
    env: { ...process.env, NODE_ENV: "production", DEPUTY_LOG: "error", ...options.env },
    execArgv: [...(options.nodeFlags ?? [])],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<void>();
  // When it ends later, those who wait for an answer are told.
  ready.promise.catch(() => undefined);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", (message) => {
    const reply = Reply.parse(message);
    if ("ready" in reply) return ready.resolve();
    if ("error" in reply) waiting.get(reply.id)?.reject(new Error(`${path}: ${reply.error}`));
    else waiting.get(reply.id)?.resolve(reply.answer);
    waiting.delete(reply.id);
  });
  child.once("exit", (code, signal) => {
    const error = new Error(`${path} ended with ${signal ?? code}`);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
  });
  await ready.promise;
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    async ask(name, question, answer) {
      const id = ++asked;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waiting.set(id, { resolve, reject });
      child.send({ id, name, question });
      const late = setTimeout(
        () => reject(new Error(`${path} gave no answer within ${ANSWER_MS / 1_000} s`)),
        ANSWER_MS,
      );
      return answer.parse(await promise.finally(() => clearTimeout(late)));
    },
    async stop() {
      child.kill("SIGTERM");
      const insist = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(insist);
    },
  };
}
