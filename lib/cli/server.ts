import { z } from "zod";
import { SECOND, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

const answerWithinMs = 30 * SECOND;
const ErrorBody = z.object({ code: z.string(), message: z.string() });

/**
 * The running server, as docs/http.md describes it. Every call throws a DeputyError: `server-unreachable` when nobody
 * answers (retryable), the server's own code and message for a 4xx or 5xx (5xx are retryable), `not-deputy` when what
 * answers is something else.
 */
export interface Server {
  readonly url: string;
  get<T>(path: string, shape: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, shape: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  /** A reply whose status was good, its body not read yet. */
  open(path: string, request: RequestInit): Promise<Response>;
}

export function serverAt(address: string): Server {
  const url = checkedAddress(address);
  const open = async (path: string, request: RequestInit) => {
    const reply = await fetch(`${url}${path}`, request).catch((error: unknown) => {
      if (request.signal?.aborted) throw error;
      throw unreachableAt(url, error);
    });
    if (!reply.ok) throw await refusalOf(url, reply);
    return reply;
  };
  const ask = <T>(path: string, request: RequestInit, shape: z.ZodType<T>) =>
    within(
      answerWithinMs,
      open(path, request).then((reply) => bodyOf(url, reply, shape)),
      () => unreachableAt(url, new Error(`no answer within ${answerWithinMs / SECOND} s`)),
    );
  return {
    url,
    open,
    get: (path, shape) => ask(path, { headers: { accept: "application/json" } }, shape),
    post: (path, body, shape, signal) => ask(path, { ...jsonRequest(body), signal: signal ?? null }, shape),
  };
}

export function jsonRequest(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** For a connection that could not be made, or broke. */
export function unreachableAt(url: string, cause: unknown): DeputyError {
  return new DeputyError(
    "server-unreachable",
    `No Deputy server answers at ${url} (${reasonOf(cause)}). Start one with \`npm start\`, or say where it runs with DEPUTY_URL or --url.`,
    { retryable: true, cause },
  );
}

export function notDeputy(url: string, what: string): DeputyError {
  return new DeputyError(
    "not-deputy",
    `${url} does not answer as a Deputy server does: ${what}. Check DEPUTY_URL or --url.`,
  );
}

function checkedAddress(address: string): string {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address.replace(/\/+$/, "");
  throw new DeputyError("usage", `"${address}" is not an address; write it like http://127.0.0.1:3000.`);
}

async function refusalOf(url: string, reply: Response): Promise<DeputyError> {
  const body = ErrorBody.safeParse(await jsonOf(url, reply));
  const retryable = reply.status >= 500;
  if (body.success) return new DeputyError(body.data.code, body.data.message, { retryable });
  if (retryable) return new DeputyError("server-error", `${url} answered with status ${reply.status}.`, { retryable });
  return notDeputy(url, `status ${reply.status} for ${new URL(reply.url).pathname}`);
}

async function bodyOf<T>(url: string, reply: Response, shape: z.ZodType<T>): Promise<T> {
  const body = shape.safeParse(await jsonOf(url, reply));
  if (body.success) return body.data;
  throw notDeputy(url, `unexpected body for ${new URL(reply.url).pathname}`);
}

/** The body as JSON; undefined when it is none. */
async function jsonOf(url: string, reply: Response): Promise<unknown> {
  const text = await reply.text().catch((error: unknown) => {
    throw unreachableAt(url, error);
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says "fetch failed"; why is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.message;
}
