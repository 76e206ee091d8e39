import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { tableLines, timeOf } from "#/lib/cli/table.ts";
import { oneLine, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { LoggedEvent, transcriptLines } from "#/lib/cli/transcript-lines.ts";
import { Failure } from "#/lib/protocol/task.ts";

/** A letter as this version knows it; a server that is newer may send reasons and fields that it does not know. */
const Letter = z.looseObject({
  taskId: z.string(),
  runId: z.string(),
  ref: z.string(),
  agent: z.string(),
  reason: z.string(),
  error: Failure.nullable(),
  attempts: z.number(),
  failedAt: z.string(),
  message: z.string(),
});
type Letter = z.infer<typeof Letter>;

const LetterList = z.looseObject({ deadLetters: z.array(Letter) });
const Payload = z.looseObject({ task: z.string(), input: z.unknown().optional() });
const LetterInFull = Letter.extend({ payload: Payload.nullable(), history: z.array(LoggedEvent) });
const Retried = z.looseObject({ how: z.enum(["reopened", "started"]), runId: z.string() });
const Dropped = z.object({ status: z.literal("dropped") });

type Options = { readonly url: string; readonly json?: boolean };

/** Lists the tasks that failed for good, newest first: a table, or with `json` the server's answer as one object. */
export async function listDeadLetters(
  options: Options & { readonly limit?: number },
  { stdout, stderr }: Terminal,
): Promise<number> {
  const query = options.limit === undefined ? "" : `?limit=${options.limit}`;
  const list = await serverAt(options.url).get(`/api/dead-letters${query}`, LetterList);
  if (options.json) writeLine(stdout, JSON.stringify(list));
  else if (list.deadLetters.length === 0) writeLine(stderr, "there are no dead letters");
  else for (const line of tableLines([header, ...list.deadLetters.map(cellsOf)])) writeLine(stdout, line);
  return exitStatus.done;
}

/** Prints one with its payload and everything that the log says of the task; with `json` as one object. */
export async function showDeadLetter(taskId: string, options: Options, { stdout }: Terminal): Promise<number> {
  const letter = await serverAt(options.url).get(pathOf(taskId), LetterInFull);
  if (options.json) writeLine(stdout, JSON.stringify(letter));
  else for (const line of [...stateLines(letter), "", ...transcriptLines(letter.history)]) writeLine(stdout, line);
  return exitStatus.done;
}

/** Tries it again and prints how, `reopened` or `started`, and the run that it is in now. */
export async function retryDeadLetter(taskId: string, { url, json }: Options, terminal: Terminal): Promise<number> {
  const retried = await serverAt(url).post(`${pathOf(taskId)}/retry`, {}, Retried);
  writeLine(terminal.stdout, json ? JSON.stringify(retried) : `${retried.how} ${retried.runId}`);
  return exitStatus.done;
}

/** The task stays failed, and is no dead letter any more; prints `dropped`. */
export async function dropDeadLetter(taskId: string, { url, json }: Options, terminal: Terminal): Promise<number> {
  const dropped = await serverAt(url).post(`${pathOf(taskId)}/drop`, {}, Dropped);
  writeLine(terminal.stdout, json ? JSON.stringify(dropped) : dropped.status);
  return exitStatus.done;
}

function pathOf(taskId: string): string {
  return `/api/dead-letters/${encodeURIComponent(taskId)}`;
}

const header = ["TASK", "AGENT", "REASON", "ATTEMPTS", "FAILED (UTC)", "ERROR"];

function cellsOf({ taskId, agent, reason, attempts, failedAt, error }: Letter): string[] {
  return [taskId, agent, reason, String(attempts), timeOf(failedAt), errorLine(error, 80)];
}

function stateLines(letter: z.infer<typeof LetterInFull>): string[] {
  const { taskId, runId, ref, agent, reason, attempts, failedAt, error, message, payload } = letter;
  const rows = [
    ["task", taskId],
    ["run", runId],
    ["message", oneLine(message)],
    ["delegation", `${ref} to ${agent}`],
    ["failed", `${timeOf(failedAt)} UTC after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`],
    ["reason", reasonLine(reason)],
    ["error", errorLine(error, 400)],
    ["payload", oneLine(payload?.task ?? "not recorded", 2_000)],
    ...(payload?.input === undefined ? [] : [["input", oneLine(JSON.stringify(payload.input), 2_000)]]),
  ];
  return tableLines(rows);
}

const reasons = new Map([
  ["attempts", "attempts: every attempt failed"],
  ["poison", "poison: it ended the process that ran it, each time"],
  ["final", "final: as it stands, another attempt is not expected to help"],
]);

function reasonLine(reason: string): string {
  return reasons.get(reason) ?? oneLine(reason);
}

function errorLine(error: Failure | null, maxLength: number): string {
  return error === null ? "-" : oneLine(`${error.code}: ${error.message}`, maxLength);
}
