"use client";

import { useEffect, useState } from "react";
import { callApi } from "#/app/_ui/conversation-transport.ts";
import { runOf, tasksOf } from "#/app/_ui/run-parts.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

const none: ReadonlySet<string> = new Set();

/**
 * The ids of the tasks of a message that are dead letters still. That they died is in the run's log; whether a person has
 * tried them again or dropped them since, the server is asked, once for each death.
 */
export function useDeadLetters(message: DeputyMessage): ReadonlySet<string> {
  const [letters, setLetters] = useState(none);
  const runId = runOf(message)?.runId;
  const died = tasksOf(message)
    .filter(({ dead }) => dead !== undefined)
    .map(({ taskId, endedAt }) => `${taskId} ${endedAt}`)
    .join();
  useEffect(() => {
    if (died === "" || runId === undefined) return setLetters(none);
    let isLeft = false;
    readLetters(runId).then((found) => {
      if (!isLeft) setLetters(found);
    });
    return () => {
      isLeft = true;
    };
  }, [runId, died]);
  return letters;
}

/** None when it cannot be known now. */
async function readLetters(runId: string): Promise<ReadonlySet<string>> {
  try {
    const run = await callApi("GET", `/api/runs/${encodeURIComponent(runId)}`);
    return new Set(tasksIn(run).flatMap(({ id, dead }) => (dead === null ? [] : [id])));
  } catch {
    return none;
  }
}

type TaskRow = { readonly id: string; readonly dead: string | null };

function tasksIn(run: unknown): readonly TaskRow[] {
  return (run as { tasks: readonly TaskRow[] }).tasks;
}
