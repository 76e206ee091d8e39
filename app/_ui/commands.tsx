"use client";

import { createContext } from "react";
import type { ConversationSession } from "#/app/_ui/conversation-session.ts";
import { callApi, reasonOf } from "#/app/_ui/conversation-transport.ts";
import type { PlanChange } from "#/app/_ui/plan-change.ts";

/**
 * What a person asks of a run or of one task that is on screen. Each resolves with whether the server did it; why it did not
 * is shown above the box to write in. What it changes comes back with the run's own stream.
 */
export type Commands = {
  pause(runId: string): Promise<boolean>;
  resume(runId: string): Promise<boolean>;
  cancelTask(taskId: string): Promise<boolean>;
  /** Tries a dead letter again. `started`: a new run does it, and is followed. Null when the server refused. */
  retryTask(taskId: string): Promise<"reopened" | "started" | null>;
  dropTask(taskId: string): Promise<boolean>;
  /** Changes what has not started yet. Null when it is done; else why not, to be shown where it was asked for. */
  changePlan(runId: string, change: PlanChange): Promise<string | null>;
};

/** `busy`: a run of the conversation is under way, so none can be started. Null where nothing can be asked for. */
export const CommandsContext = createContext<(Commands & { readonly busy: boolean }) | null>(null);

export function commandsOf(session: ConversationSession): Commands {
  const ask = async (path: string, refused: string): Promise<unknown> => {
    session.report(null);
    try {
      return (await callApi("POST", path)) ?? {};
    } catch (error) {
      session.report(`${refused} ${reasonOf(error)}`);
      return undefined;
    }
  };
  const isDone = async (path: string, refused: string) => (await ask(path, refused)) !== undefined;
  return {
    pause: (runId) => isDone(`/api/runs/${encodeURIComponent(runId)}/pause`, "Not paused."),
    resume: (runId) => isDone(`/api/runs/${encodeURIComponent(runId)}/resume`, "Not resumed."),
    cancelTask: (taskId) => isDone(`/api/tasks/${encodeURIComponent(taskId)}/cancel`, "The task was not cancelled."),
    dropTask: (taskId) => isDone(`/api/dead-letters/${encodeURIComponent(taskId)}/drop`, "Not dropped."),
    async changePlan(runId, change) {
      try {
        await callApi("POST", `/api/runs/${encodeURIComponent(runId)}/plan`, change);
        return null;
      } catch (error) {
        return `The plan was not changed. ${reasonOf(error)}`;
      }
    },
    async retryTask(taskId) {
      const path = `/api/dead-letters/${encodeURIComponent(taskId)}/retry`;
      const retried = await ask(path, "The task was not tried again.");
      if (retried === undefined) return null;
      if (!isStarted(retried)) return "reopened";
      void session.followNew();
      return "started";
    },
  };
}

function isStarted(retried: unknown): boolean {
  return typeof retried === "object" && retried !== null && "how" in retried && retried.how === "started";
}
