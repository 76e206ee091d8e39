"use client";

import { useEffect, useState } from "react";
import { callApi } from "#/app/_ui/conversation-transport.ts";
import { hearOtherTabs } from "#/app/_ui/other-tabs.ts";
import { runOf, tasksOf } from "#/app/_ui/run-parts.ts";
import { onSeenAgain } from "#/app/_ui/seen-again.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

const none: ReadonlySet<string> = new Set();

/**
 * The ids of the tasks of a message that are dead letters still. That they died is in the run's log; whether a person has
 * tried them again or dropped them since, the server is asked: for each death, as the run goes on, when the record was read
 * again, when another tab has changed something, and when the page is seen again.
 */
export function useDeadLetters(message: DeputyMessage): ReadonlySet<string> {
  const [letters, setLetters] = useState(none);
  const run = runOf(message);
  const runId = run?.runId;
  const tasks = tasksOf(message);
  const died = tasks
    .filter(({ dead }) => dead !== undefined)
    .map(({ taskId, endedAt }) => `${taskId} ${endedAt}`)
    .join();
  const news = run?.status === "active" ? tasks.filter(({ endedAt }) => endedAt !== undefined).length : message;
  // biome-ignore lint/correctness/useExhaustiveDependencies: news of the run are a reason to ask
  useEffect(() => {
    if (died === "" || runId === undefined) return setLetters(none);
    return watchLetters(runId, setLetters);
  }, [runId, died, news]);
  return letters;
}

/** Gives the letters now and whenever they may have become fewer, until there are none; returns how to stop. */
function watchLetters(runId: string, give: (letters: ReadonlySet<string>) => void): () => void {
  let isOver = false;
  const read = async () => {
    if (isOver) return;
    const letters = await readLetters(runId);
    if (isOver || letters === null) return;
    isOver = letters.size === 0;
    give(letters);
  };
  void read();
  const stops = [onSeenAgain(read), hearOtherTabs(read)];
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}

/** Null when it cannot be known now. */
async function readLetters(runId: string): Promise<ReadonlySet<string> | null> {
  try {
    const run = await callApi("GET", `/api/runs/${encodeURIComponent(runId)}`);
    return new Set(tasksIn(run).flatMap(({ id, dead }) => (dead === null ? [] : [id])));
  } catch {
    return null;
  }
}

type TaskRow = { readonly id: string; readonly dead: string | null };

function tasksIn(run: unknown): readonly TaskRow[] {
  return (run as { tasks: readonly TaskRow[] }).tasks;
}
