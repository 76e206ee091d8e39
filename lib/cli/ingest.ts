import { isAbsolute, normalize, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { IngestProgress } from "#/lib/cli/ingest-progress.ts";
import { jsonRequest, notDeputy, type Server, serverAt, unreachableAt } from "#/lib/cli/server.ts";
import { harmless, type Output, writeLine } from "#/lib/cli/terminal.ts";
import { MINUTE, SECOND, ticks, within } from "#/lib/clock.ts";
import { findFiles } from "#/lib/documents/find-files.ts";
import type { DocumentInput } from "#/lib/documents/read-document.ts";
import { readDocumentFile } from "#/lib/documents/read-file.ts";
import { DeputyError } from "#/lib/errors.ts";

const BATCH_FILES = 50;
const BATCH_CHARACTERS = 1024 * 1024;
const SENDERS = 2;
/** The largest document takes a busy server half a minute. */
const ANSWER_WITHIN_MS = 3 * MINUTE;

const outcomes = ["added", "updated", "unchanged", "skipped"] as const;

const Answer = z.object({
  results: z.array(
    z.object({ origin: z.string(), outcome: z.enum(outcomes), passages: z.number(), reason: z.string().optional() }),
  ),
});

export type IngestOptions = {
  readonly url: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly quiet?: boolean;
};

type Session = {
  readonly server: Server;
  readonly progress: IngestProgress;
  readonly counts: Record<(typeof outcomes)[number] | "passages", number>;
};

/**
 * Hands files and folders to the running server, which makes them searchable. What cannot be ingested is named on
 * `stderr`, the rest goes on; the summary goes to `stdout`. 0 when something is ingested (or was before), else 1. Throws
 * `server-unreachable` when nobody answers: what was sent until then stays ingested.
 */
export async function runIngest(paths: readonly string[], options: IngestOptions): Promise<number> {
  const began = ticks();
  const session: Session = {
    server: serverAt(options.url),
    progress: new IngestProgress(options.stderr, options.quiet === true),
    counts: { added: 0, updated: 0, unchanged: 0, skipped: 0, passages: 0 },
  };
  const files = await collect(paths, session);
  session.progress.begin(files.length);
  try {
    const waiting = batches(files, session);
    await Promise.all(Array.from({ length: SENDERS }, () => sendAll(waiting, session)));
  } finally {
    session.progress.end();
  }
  const { counts } = session;
  writeLine(options.stdout, `${summary(counts)} in ${((ticks() - began) / SECOND).toFixed(1)} s`);
  return counts.added + counts.updated + counts.unchanged > 0 ? exitStatus.done : exitStatus.failed;
}

/** Each file once, whatever number of paths leads to it. */
async function collect(paths: readonly string[], session: Session): Promise<string[]> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const before = found.size;
    let troubles = 0;
    for await (const file of findFiles(path)) {
      if (file.kind === "file") found.set(resolve(file.path), file.path);
      else {
        troubles++;
        skip(session, file.path, file.reason);
      }
    }
    if (found.size === before && troubles === 0) session.progress.say(`no documents in ${harmless(path)}`);
  }
  return [...found.values()];
}

async function* batches(files: readonly string[], session: Session): AsyncGenerator<DocumentInput[]> {
  let batch: DocumentInput[] = [];
  let characters = 0;
  for (const file of files) {
    const document = await readDocumentFile(file, originOf(file));
    if ("reason" in document) {
      skip(session, file, document.reason);
      session.progress.advance(1);
      continue;
    }
    if (batch.length > 0 && characters + document.content.length > BATCH_CHARACTERS) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(document);
    characters += document.content.length;
    if (batch.length === BATCH_FILES) {
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Relative to the working folder for what is in it, else as it was given; with forward slashes. */
function originOf(path: string): string {
  const inside = relative(process.cwd(), resolve(path));
  const isInside = inside !== "" && inside.split(sep)[0] !== ".." && !isAbsolute(inside);
  return (isInside ? inside : normalize(path)).split(sep).join("/");
}

async function sendAll(waiting: AsyncGenerator<DocumentInput[]>, session: Session): Promise<void> {
  for (let next = await waiting.next(); !next.done; next = await waiting.next()) {
    await send(next.value, session);
    session.progress.advance(next.value.length);
  }
}

async function send(batch: readonly DocumentInput[], session: Session): Promise<void> {
  const { counts } = session;
  try {
    for (const result of await post(batch, session.server)) {
      counts.passages += result.passages;
      if (result.outcome === "skipped") skip(session, result.origin, result.reason ?? "the server did not take it");
      else counts[result.outcome]++;
    }
  } catch (error) {
    if (!(error instanceof DeputyError) || !isAboutTheBatch(error)) throw error;
    for (const { origin } of batch) skip(session, origin, error.message);
  }
}

async function post(batch: readonly DocumentInput[], server: Server): Promise<z.infer<typeof Answer>["results"]> {
  const reply = await within(ANSWER_WITHIN_MS, server.open("/api/documents", jsonRequest({ documents: batch })), () =>
    unreachableAt(server.url, new Error(`no answer within ${ANSWER_WITHIN_MS / SECOND} s`)),
  );
  const body = Answer.safeParse(await reply.json());
  if (!body.success) throw notDeputy(server.url, "unexpected body for /api/documents");
  return body.data.results;
}

/** A refusal of what was sent; anything else would meet the next batch, too. */
function isAboutTheBatch(error: DeputyError): boolean {
  return ["bad-request", "body-too-large", "internal"].includes(error.code);
}

function skip(session: Session, path: string, reason: string): void {
  session.counts.skipped++;
  session.progress.say(`skipped ${harmless(path)}: ${harmless(reason)}`);
}

function summary(counts: Session["counts"]): string {
  const parts = outcomes.map((outcome) => `${outcome} ${counts[outcome].toLocaleString("en-US")}`);
  return `${parts.join(", ")} (passages ${counts.passages.toLocaleString("en-US")})`;
}
