import { StringDecoder } from "node:string_decoder";
import type { Finish } from "#/lib/actions/judge.ts";
import { parseText } from "#/lib/actions/parse-text.ts";
import { readUserMessage } from "#/lib/actions/user-message.ts";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { type Output, writeLine } from "#/lib/cli/terminal.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import { allowedActions } from "#/lib/machine/phases.ts";
import type { ParseReport } from "#/lib/protocol/action.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/** As commander hands them over, or as one line of a batch gives them. */
export type ParseOptions = {
  readonly phase?: unknown;
  readonly chunk?: unknown;
  readonly finish?: unknown;
  readonly user?: unknown;
  readonly batch?: unknown;
};

type Reading = { phase: Phase; chunk?: number; finish: Finish; user: boolean };

const phases = Object.keys(allowedActions) as Phase[];
const finishes: readonly Finish[] = ["stop", "length", "error"];

/**
 * Reads a model's output from standard input and prints which actions it holds, as one JSON object (indented on a terminal);
 * with `batch`, one answer line for each JSON line, in order. A line that cannot be read is answered with an error, and the
 * rest goes on. Throws a DeputyError `usage` for options that are wrong; nothing is read then.
 */
export async function runParse(options: ParseOptions, stdin: AsyncIterable<unknown>, stdout: Output): Promise<number> {
  const reading = readingOf({ ...options, chunk: options.chunk === undefined ? undefined : Number(options.chunk) });
  if (options.batch === true) {
    for await (const line of linesOf(stdin)) {
      if (line.trim() !== "") writeLine(stdout, onOneLine(answer(line.trim(), reading)));
    }
  } else {
    writeLine(stdout, JSON.stringify(reportOf(await textOf(stdin), reading), null, stdout.isTTY ? 2 : 0));
  }
  return exitStatus.done;
}

/** JSON in which nothing but its end ends a line, for readers by any line end: LS, PS and NEL stand escaped. */
function onOneLine(answer: object): string {
  return JSON.stringify(answer).replace(/[\u0085\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function reportOf(text: string, { phase, chunk, finish, user }: Reading): ParseReport {
  if (user) return readUserMessage(text, { phase, chunk, finish }).report;
  return parseText(text, { gate: phaseGate(phase), chunk, finish });
}

/** The options of the command line hold for each line that does not give its own. */
function answer(line: string, defaults: Reading): object {
  let id: unknown = null;
  try {
    const request = requestOf(line);
    id = request.id ?? null;
    if (typeof request.text !== "string") throw badRequest('"text" must be a string');
    return { id, ...reportOf(request.text, readingOf(request, defaults)) };
  } catch (error) {
    const code = error instanceof DeputyError ? "bad-request" : "failed";
    return { id, error: { code, message: messageOf(error) } };
  }
}

function requestOf(line: string): Record<string, unknown> {
  const request = parsed(line);
  if (typeof request === "object" && request !== null && !Array.isArray(request)) return { ...request };
  throw badRequest('each line is one JSON object: {"id": 1, "text": "..."}');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw badRequest(`the line is no JSON: ${messageOf(error)}`);
  }
}

function readingOf(
  given: ParseOptions,
  defaults: Reading = { phase: "EXECUTING", finish: "stop", user: false },
): Reading {
  const chunk = given.chunk ?? defaults.chunk;
  if (chunk !== undefined && !(Number.isSafeInteger(chunk) && Number(chunk) >= 1)) {
    throw badRequest("chunk must be a whole number of UTF-16 units, 1 or more");
  }
  const user = given.user ?? defaults.user;
  if (typeof user !== "boolean") throw badRequest("user must be true or false");
  return {
    phase: oneOf("phase", given.phase ?? defaults.phase, phases),
    chunk: chunk === undefined ? undefined : Number(chunk),
    finish: oneOf("finish", given.finish ?? defaults.finish, finishes),
    user,
  };
}

function oneOf<W extends string>(name: string, value: unknown, words: readonly W[]): W {
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  throw badRequest(`${name} must be one of ${words.join(", ")}`);
}

function badRequest(message: string): DeputyError {
  return new DeputyError("usage", message);
}

async function textOf(input: AsyncIterable<unknown>): Promise<string> {
  const parts: string[] = [];
  for await (const part of decoded(input)) parts.push(part);
  return parts.join("");
}

/** Lines that end with LF; JSON may hold every other character that is called a line end elsewhere. */
async function* linesOf(input: AsyncIterable<unknown>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const part of decoded(input)) {
    const [end = "", ...starts] = part.split("\n");
    parts.push(end);
    for (const start of starts) {
      yield parts.join("");
      parts = [start];
    }
  }
  yield parts.join("");
}

/** UTF-8 as text. A BOM is part of it. */
async function* decoded(input: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  for await (const part of input)
    yield typeof part === "string" ? part : decoder.write(Buffer.from(part as Uint8Array));
  yield decoder.end();
}
