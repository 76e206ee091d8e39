import { z } from "zod";
import { isConnectionError } from "#/app/connection-error.ts";
import { context } from "#/app/context.ts";
import { requireOwnName } from "#/app/own-name.ts";
import { DeputyError } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";
import { awaitDatabase } from "#/lib/run/await-database.ts";
import { databaseAway } from "#/lib/run/database-watch.ts";
import { BadGraph } from "#/lib/run/read-delegations.ts";

/** How this interface answers: `ok` and `fail` make responses, `readJson` reads a body, `route` turns what is thrown into one. */
const statusOf: Record<string, number> = {
  "bad-request": 400,
  "bad-cursor": 400,
  "message-empty": 400,
  "bad-graph": 400,
  "bad-input": 400,
  "agent-not-registered": 400,
  "no-suitable-agent": 400,
  "not-found": 404,
  "run-unknown": 404,
  "conversation-unknown": 404,
  "task-unknown": 404,
  "dead-letter-unknown": 404,
  "conversation-busy": 409,
  "run-ended": 409,
  "message-taken": 409,
  "task-started": 409,
  "plan-moved": 409,
  "orchestration-off": 409,
  budget: 409,
  "message-too-large": 413,
  "body-too-large": 413,
  "wrong-type": 415,
  "foreign-origin": 403,
  "unknown-host": 421,
  busy: 503,
  "not-configured": 503,
  "database-away": 503,
};

const RETRY_AFTER_SECONDS = "2";

export function ok(body: unknown, init?: ResponseInit): Response {
  return Response.json(body, init);
}

/** The JSON error of anything that was thrown: `{code, message}`, with the status of its code. */
export function fail(thrown: unknown): Response {
  const error = known(thrown);
  const status = statusOf[error.code] ?? 500;
  if (status === 500)
    log.error({ error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown }, "request failed");
  const headers = status === 503 ? { "retry-after": RETRY_AFTER_SECONDS } : undefined;
  const faults = error instanceof BadGraph ? { faults: error.faults } : {};
  return ok({ code: error.code, message: error.message, ...faults }, { status, headers });
}

type Handler<A extends unknown[]> = (request: Request, ...more: A) => Promise<Response>;

/**
 * A handler whose errors become answers, and which answers within 5 s that the database is away. What it began may still
 * be done then, so it must be able to do the same twice.
 */
export function route<A extends unknown[]>(handle: Handler<A>): Handler<A> {
  return routeWithoutDatabase((...args) => awaitDatabase(context(), () => handle(...args)));
}

/** A handler whose errors become answers, for who addresses the server by its own name. */
export function routeWithoutDatabase<A extends unknown[]>(handle: Handler<A>): Handler<A> {
  return async (request, ...more) => {
    try {
      requireOwnName(request.headers.get("host") ?? new URL(request.url).host);
      return await handle(request, ...more);
    } catch (thrown) {
      return fail(thrown);
    }
  };
}

/** The body as the schema describes it, read up to `maxBytes`; everything else is a DeputyError that says what is wrong. */
export async function readJson<T extends z.ZodType>(
  request: Request,
  schema: T,
  maxBytes: number,
): Promise<z.infer<T>> {
  requireSameOrigin(request);
  requireJson(request);
  return fitted(await readText(request, maxBytes), schema);
}

/** The same where the body may be left out: null without one, whatever type the request names. */
export async function readJsonIfAny<T extends z.ZodType>(
  request: Request,
  schema: T,
  maxBytes: number,
): Promise<z.infer<T> | null> {
  requireSameOrigin(request);
  const text = await readText(request, maxBytes);
  if (text === "") return null;
  requireJson(request);
  return fitted(text, schema);
}

function requireJson(request: Request): void {
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) return;
  throw new DeputyError("wrong-type", "Send the body as JSON, with the header Content-Type: application/json.");
}

function fitted<T extends z.ZodType>(text: string, schema: T): z.infer<T> {
  const parsed = schema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new DeputyError("bad-request", `The body does not fit: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
}

/** What changes something is taken from this product's own pages and from programs, not from other sites' pages. */
export function requireSameOrigin(request: Request): void {
  const origin = request.headers.get("origin");
  const host = request.headers.get("host");
  const site = request.headers.get("sec-fetch-site");
  const isForeign = (origin !== null && hostOf(origin) !== host) || site === "cross-site";
  if (isForeign) throw new DeputyError("foreign-origin", "Requests from other sites' pages are not accepted.");
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DeputyError("bad-request", "The body is not valid JSON.");
  }
}

/** Who is still sending does not see an answer, and finds his connection broken: so much more is read, and not kept. */
const MOST_UNKEPT_BYTES = 64 * 1_024 * 1_024;

async function readText(request: Request, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) chunks.push(chunk);
    else if (bytes > maxBytes + MOST_UNKEPT_BYTES) break;
  }
  if (bytes > maxBytes) {
    throw new DeputyError("body-too-large", `The body is larger than ${maxBytes} bytes. Send less at once.`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function known(thrown: unknown): DeputyError {
  if (thrown instanceof DeputyError) return thrown;
  if (isConnectionError(thrown)) return databaseAway(thrown);
  return new DeputyError("internal", "Something went wrong on the server; its log says what.");
}
