import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { between, formatDuration } from "#/app/_ui/duration.ts";
import { EventLog } from "#/app/_ui/event-log.tsx";
import { estimateOf } from "#/app/_ui/run-parts.ts";
import { phaseWords, runWords } from "#/app/_ui/words.ts";
import { fromDatabase } from "#/app/context.ts";
import { toMessage } from "#/lib/chat/to-message.ts";
import { type RunView, readTranscript } from "#/lib/chat/transcript.ts";

type Props = { params: Promise<{ id: string }> };

export const metadata: Metadata = { title: "Transcript" };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** More is loaded by the page itself: to render 3,000 events keeps everybody else waiting for a second and a half. */
const MOST_RENDERED = 500;

/** Everything that is recorded of a run, in order. It reads well on paper and, up to a length, without JavaScript. */
export default async function TranscriptPage({ params }: Props) {
  const { id } = await params;
  const transcript = uuid.test(id) ? await fromDatabase((from) => readTranscript(from, id.toLowerCase())) : null;
  if (transcript === null) notFound();
  const { run, events } = transcript;
  return (
    <main className="mx-auto max-w-4xl px-4 pt-6 pb-20 sm:px-6">
      <Link
        href={`/c/${encodeURIComponent(run.conversationId)}`}
        className="tap inline-flex items-center gap-1.5 rounded text-sm text-muted hover:text-foreground"
      >
        <ArrowLeft aria-hidden size={15} strokeWidth={1.75} />
        Back to the conversation
      </Link>
      <h1 className="mt-4 text-xl font-semibold tracking-tight">Transcript</h1>
      <Facts run={run} />
      {run.error !== null && (
        <p className="mb-6 rounded-xl border bg-danger-soft px-4 py-3 text-sm leading-relaxed">{run.error.message}</p>
      )}
      <EventLog
        runId={run.id}
        startedAt={run.createdAt}
        initial={events.slice(0, MOST_RENDERED)}
        lastSeq={run.lastSeq}
        active={run.status === "active"}
        estimate={estimateOf(toMessage(events))}
      />
    </main>
  );
}

function Facts({ run }: { run: RunView }) {
  const { createdAt, endedAt } = run;
  return (
    <dl className="mt-4 mb-6 grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-4">
      <Fact name="Status">{run.paused ? "Paused" : runWords[run.status]}</Fact>
      <Fact name="Phase">{phaseWords[run.phase]}</Fact>
      <Fact name="Started">
        <time dateTime={createdAt}>{createdAt.slice(0, 19).replace("T", " ")} UTC</time>
      </Fact>
      <Fact name="Duration">{endedAt === null ? "still running" : formatDuration(between(createdAt, endedAt, 0))}</Fact>
      <div className="col-span-full">
        <Fact name="Run">
          <span className="font-mono text-[0.8125rem]">{run.id}</span>
        </Fact>
      </div>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5 tabular-nums">{children}</dd>
    </div>
  );
}
