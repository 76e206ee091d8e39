import { APICallError, JSONParseError, TypeValidationError } from "@ai-sdk/provider";
import { now, SECOND } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";

const maxRetryAfterMs = 60 * SECOND;
const maxWords = 300;

/** What a message may name of the call that failed. The key is there so that no message repeats it. */
export type CallFacts = {
  readonly name: string;
  /** The setting that names this model. */
  readonly setting: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
};

/** Anything that a provider threw or sent as an error, as the DeputyError that `Models` documents. */
export function modelError(thrown: unknown, call: CallFacts): DeputyError {
  for (const error of causes(thrown)) {
    if (error instanceof DeputyError) return error;
    const status = statusOf(error);
    if (status !== undefined) return statusError(error, status, call);
  }
  return new DeputyError("model-unavailable", unavailable(thrown, call), { retryable: true, cause: thrown });
}

function unavailable(thrown: unknown, call: CallFacts): string {
  const server = `The model server at ${placeOf(call)}`;
  const words = wordsOf(reasonOf(thrown), call);
  if (JSONParseError.isInstance(thrown) || TypeValidationError.isInstance(thrown))
    return `${server} sent a piece of an answer that cannot be read: ${words}.`;
  // What is no Error was sent by the server, inside of the stream.
  if (!(thrown instanceof Error)) return `${server} reported an error: ${words}.`;
  return `${server} cannot be reached: ${words}. Check OPENAI_BASE_URL and the network.`;
}

/** The stream ended without the server's word that it was complete. */
export function brokenOff(call: CallFacts): DeputyError {
  const message = `The model server at ${placeOf(call)} ended its answer in the middle.`;
  return new DeputyError("model-unavailable", message, { retryable: true });
}

export function endlessLine(maxBytes: number, call: CallFacts): DeputyError {
  const message = `The model server at ${placeOf(call)} sent a line of more than ${maxBytes / 1024 / 1024} MB.`;
  return new DeputyError("model-unavailable", message, { retryable: true });
}

export function filtered(call: CallFacts): DeputyError {
  const message = `The content filter of ${placeOf(call)} stopped the answer of ${call.name} before its first word. Ask in other words.`;
  return new DeputyError("model-refused", message);
}

/** The server answered 200 with something that is no stream of a model. */
export function notAStream(mediaType: string, body: string, call: CallFacts): DeputyError {
  const said = serverWords(body);
  const what = mediaType.includes("html") ? "a web page" : `${mediaType || "something else"}`;
  const detail = said ? ` It said: ${wordsOf(said, call)}.` : "";
  const message = `The server at ${placeOf(call)} answered with ${what} and not with a model's stream.${detail} Check OPENAI_BASE_URL: it usually ends in /v1.`;
  return new DeputyError("model-refused", message);
}

function statusError(error: unknown, status: number, call: CallFacts): DeputyError {
  const words = wordsOf(serverWords(bodyOf(error)) ?? reasonOf(error), call);
  const said = `The model server at ${placeOf(call)} answered ${status}${words ? `: ${words}` : ""}`;
  const passing = status === 429 || status === 408 || status === 409 || status >= 500;
  if (passing && !isOutOfQuota(error)) {
    const retryAfterMs = retryAfter(error);
    return new DeputyError("model-unavailable", `${said}.`, {
      retryable: true,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  return new DeputyError("model-refused", `${said}. ${adviceFor(status, call)}`, { cause: error });
}

function adviceFor(status: number, call: CallFacts): string {
  const model = `${call.setting} (${call.name})`;
  if (status === 401 || status === 403) return "Check OPENAI_API_KEY.";
  if (status === 404) return `Check ${model} and OPENAI_BASE_URL.`;
  if (status === 429) return "The account has no quota left: check its billing.";
  return `Check ${model} and DEPUTY_MODEL_API.`;
}

/** An error and what caused it, outermost first; at most ten, so that a circle ends. */
function causes(thrown: unknown): unknown[] {
  const found: unknown[] = [];
  for (let error = thrown; error !== undefined && found.length < 10; ) {
    found.push(error);
    error = error instanceof Error ? error.cause : undefined;
  }
  return found;
}

/** Provider errors and error frames inside of a stream both carry `statusCode`; network errors have none. */
function statusOf(error: unknown): number | undefined {
  const status = field(error, "statusCode");
  return typeof status === "number" && status >= 400 ? status : undefined;
}

function isOutOfQuota(error: unknown): boolean {
  return JSON.stringify(field(error, "data") ?? bodyOf(error)).includes("insufficient_quota");
}

function bodyOf(error: unknown): string {
  return APICallError.isInstance(error) ? (error.responseBody ?? "") : "";
}

function serverWords(body: string): string | undefined {
  return wordsIn(parsedJson(body));
}

/** A text, or the one inside of `{error: {message}}`, `{error}`, `{message}` or `{detail}`. */
function wordsIn(parsed: unknown): string | undefined {
  const error = field(parsed, "error");
  const candidates = [parsed, field(error, "message"), error, field(parsed, "message"), field(parsed, "detail")];
  return candidates.find((candidate) => typeof candidate === "string");
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return { unreadable: messageOf(error) };
  }
}

/** The innermost reason, which names the address or the system's error; of an error frame, the server's words. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return wordsIn(thrown) ?? "no reason given";
  const errors = causes(thrown).filter((error) => error instanceof Error);
  const innermost = errors.at(-1) ?? thrown;
  const code = field(innermost, "code");
  return messageOf(innermost) || (typeof code === "string" ? code : "no reason given");
}

function retryAfter(error: unknown): number | undefined {
  const headers = APICallError.isInstance(error) ? error.responseHeaders : undefined;
  const exact = Number(headers?.["retry-after-ms"] ?? Number.NaN);
  const given = headers?.["retry-after"];
  const waitMs = Number.isFinite(exact) ? exact : given === undefined ? Number.NaN : waitOf(given);
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), maxRetryAfterMs) : undefined;
}

/** Retry-After holds whole seconds or a date. */
function waitOf(given: string): number {
  const seconds = Number(given);
  return Number.isFinite(seconds) ? seconds * SECOND : Date.parse(given) - now();
}

/** The server's words on one line, without the key, without a final full stop, and not endless. */
function wordsOf(text: string, call: CallFacts): string {
  const line = text.replace(/\s+/g, " ").trim();
  const safe = call.apiKey ? line.replaceAll(call.apiKey, "[key]") : line;
  return (safe.length > maxWords ? `${safe.slice(0, maxWords)} ...` : safe).replace(/\.$/, "");
}

/** The address without a user name or password in it. */
function placeOf(call: CallFacts): string {
  const url = new URL(call.baseUrl);
  return `${url.origin}${url.pathname.replace(/\/$/, "")}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
