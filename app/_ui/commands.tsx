"use client";

import { createContext } from "react";
import type { ConversationSession } from "#/app/_ui/conversation-session.ts";
import { callApi, reasonOf, statusOf } from "#/app/_ui/conversation-transport.ts";
import type { PlanChange } from "#/app/_ui/plan-change.ts";

/**
 * What a person asks of a run or of one task that is on screen. Each resolves with whether the server did it; why it did not
 * is shown above the box to write in. What it changes comes back with the run's own stream.
 */
export type Commands = {
  pause(runId: string): Promise<boolean>;
  resume(runId: string): Promise<boolean>;
  cancelTask(taskId: string): Promise<boolean>;
  /**
   * Tries a dead letter again. `started`: a new run does it, and is followed. `late`: it was answered before, by somebody
   * else. Null when the server refused.
   */
  retryTask(taskId: string): Promise<"reopened" | "started" | "late" | null>;
  /** Takes a dead letter away; `late` and null as above. */
  dropTask(taskId: string): Promise<"dropped" | "late" | null>;
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
  const answer = async <T,>(
    path: string,
    refused: string,
    done: (answer: unknown) => T,
  ): Promise<T | "late" | null> => {
    session.report(null);
    try {
      const given = await callApi("POST", path);
      session.tellAnswered();
      return done(given);
    } catch (error) {
      if (statusOf(error) !== 404) session.report(`${refused} ${reasonOf(error)}`);
      else void session.look();
      return statusOf(error) === 404 ? "late" : null;
    }
  };
  const isDone = async (path: string, refused: string) => (await ask(path, refused)) !== undefined;
  return {
    pause: (runId) => isDone(`/api/runs/${encodeURIComponent(runId)}/pause`, "Not paused."),
    resume: (runId) => isDone(`/api/runs/${encodeURIComponent(runId)}/resume`, "Not resumed."),
    cancelTask: (taskId) => isDone(`/api/tasks/${encodeURIComponent(taskId)}/cancel`, "The task was not cancelled."),
    dropTask: (taskId) =>
      answer(`/api/dead-letters/${encodeURIComponent(taskId)}/drop`, "Not dropped.", () => "dropped" as const),
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
      const how = await answer(path, "The task was not tried again.", (retried) =>
        isStarted(retried) ? "started" : "reopened",
      );
      if (how === "started") void session.followNew();
      return how;
    },
  };
}

function isStarted(retried: unknown): boolean {
  return typeof retried === "object" && retried !== null && "how" in retried && retried.how === "started";
}
