"use client";

import { Chat } from "@ai-sdk/react";
import { v7 as newId } from "uuid";
import { callApi, conversationTransport, reasonOf, statusOf } from "#/app/_ui/conversation-transport.ts";
import { runOf } from "#/app/_ui/run-parts.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

export type SessionView = {
  /** `reconnecting`: the connection is lost and being found again. `gone`: the conversation no longer exists. */
  readonly link: "ready" | "loading" | "reconnecting" | "gone";
  readonly stopping: boolean;
  /** A run that is on screen already is being told again from its beginning. */
  readonly catchingUp: boolean;
  /** A message that the server did not take, and why. */
  readonly notSent: { readonly text: string; readonly reason: string } | null;
  /** Why stopping or trying again did not work. */
  readonly problem: string | null;
};

export const quiet: SessionView = { link: "ready", stopping: false, catchingUp: false, notSent: null, problem: null };

export type SessionStart = {
  readonly id: string;
  readonly messages: DeputyMessage[];
  /** The messages may be out of date: the record is read again when the session opens. */
  readonly stale: boolean;
  readonly activeRunId: string | null;
  /** Called when the server has taken a message, and when a run has ended. */
  readonly onChange: (what: "accepted" | "ended") => void;
};

/**
 * One conversation as this tab sees it: sends, stops, tries again, and stays with a run until it has ended, whatever
 * happens to the connection. Sending the same text again after a failure uses the same message id, so that a message
 * which did arrive starts no second run.
 */
export class ConversationSession {
  readonly chat: Chat<DeputyMessage>;
  readonly #start: SessionStart;
  readonly #listeners = new Set<() => void>();
  #view: SessionView;
  #open = false;
  /** Raised by every new attempt to follow a run; an older attempt that sees another number gives up. */
  #attempt = 0;
  #accepted = false;
  #joined: "streaming" | "nothing-runs" | undefined;
  #runId: string | undefined;
  #stopWanted = false;
  #gone = false;
  /** What the conversation showed before a retry, which the SDK cuts off and we do not. */
  #kept: DeputyMessage[] | undefined;
  #unsent: { id: string; text: string } | undefined;
  #wake = () => {};

  constructor(start: SessionStart) {
    this.#start = start;
    this.#view = start.stale ? { ...quiet, link: "loading" } : quiet;
    this.#runId = start.activeRunId ?? undefined;
    this.chat = new Chat<DeputyMessage>({
      id: start.id,
      messages: start.messages,
      generateId: newId,
      transport: conversationTransport({ accepted: this.#onAccepted, joined: this.#onJoined }),
    });
  }

  /** Joins what runs. Called when the conversation is shown; `close` when it is not any more. */
  open = (): void => {
    this.#open = true;
    for (const [target, type] of wakers()) target.addEventListener(type, this.#onWake);
    if (this.#view.link === "loading" || this.#start.activeRunId !== null) void this.#join();
  };

  close = (): void => {
    this.#open = false;
    this.#attempt += 1;
    for (const [target, type] of wakers()) target.removeEventListener(type, this.#onWake);
    this.#wake();
    void this.chat.stop();
  };

  view = (): SessionView => this.#view;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async send(text: string): Promise<void> {
    const id = this.#unsent?.text === text ? this.#unsent.id : newId();
    const message = { id, role: "user" as const, parts: [{ type: "text" as const, text }] };
    const failure = await this.#request(() => this.chat.sendMessage(message));
    this.#unsent = failure === undefined ? undefined : { id, text };
    if (failure !== undefined) this.#show({ notSent: { text, reason: failure } });
  }

  /** Runs the message again that the last run answered; what that run did stays in the conversation. */
  async retry(): Promise<void> {
    this.#kept = this.chat.messages;
    const failure = await this.#request(() => this.chat.regenerate());
    this.#kept = undefined;
    if (failure !== undefined) this.#show({ problem: failure });
  }

  /** Cancels the run on the server; what it wrote so far stays. */
  async stop(): Promise<void> {
    this.#show({ stopping: true, problem: null });
    const runId = runOf(this.chat.lastMessage)?.runId ?? this.#runId;
    this.#stopWanted = runId === undefined;
    if (runId === undefined) return;
    try {
      await callApi("POST", `/api/runs/${encodeURIComponent(runId)}/cancel`);
    } catch (error) {
      this.#show({ stopping: false, problem: `Not stopped. ${reasonOf(error)}` });
    }
  }

  /** Follows a run that was started otherwise than by a message: reads the record, then joins what runs. */
  async followNew(): Promise<void> {
    this.#show({ link: "loading" });
    await this.#join();
  }

  /** Says why something that was asked for was not done; null takes that back. */
  report(problem: string | null): void {
    this.#show({ problem });
  }

  dismiss = (): void => this.#show({ notSent: null, problem: null });

  /** Runs a request to its end and, when the connection broke, the run to its end; gives the reason when it was refused. */
  async #request(start: () => Promise<void>): Promise<string | undefined> {
    const before = this.chat.messages;
    this.#accepted = false;
    this.#runId = undefined;
    this.#attempt += 1;
    this.#show(quiet);
    await start();
    if (this.#accepted) {
      if (this.#open && !this.#finish()) await this.#join();
      return undefined;
    }
    const error = this.chat.error;
    this.chat.messages = before;
    this.chat.clearError();
    if (statusOf(error) === 409) void this.#join();
    return reasonOf(error);
  }

  /** True when the run that the last message tells of has ended; says so once. */
  #finish(): boolean {
    const run = runOf(this.chat.lastMessage);
    if (run === undefined || run.status === "active") return false;
    this.chat.clearError();
    this.#show({ link: "ready", stopping: false });
    this.#start.onChange("ended");
    return true;
  }

  /** Follows the active run; where none is active, reads the record. Tries until one of the two has worked. */
  async #join(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    for (let failures = 0; ; failures += 1) {
      const settled = await this.#try();
      if (settled || !this.#open || attempt !== this.#attempt) return;
      if (this.#joined === "streaming") failures = 0;
      if (this.#view.link === "ready") this.#show({ link: "reconnecting" });
      await this.#pause(Math.min(8_000, 400 * 2 ** failures));
      if (!this.#open || attempt !== this.#attempt) return;
    }
  }

  async #try(): Promise<boolean> {
    if (this.#view.link === "loading") {
      const read = await this.#read();
      if (!read || this.#gone || this.#finish()) return read;
    }
    this.#joined = undefined;
    await this.chat.resumeStream();
    return this.#hasSettled();
  }

  async #hasSettled(): Promise<boolean> {
    if (this.#joined === "streaming") return this.#finish();
    if (statusOf(this.chat.error) === 404) return this.#lose();
    return this.#joined === "nothing-runs" && (await this.#read());
  }

  /** Takes over the server's record of the conversation. False when it could not be read. */
  async #read(): Promise<boolean> {
    try {
      const record = (await callApi("GET", `/api/conversations/${encodeURIComponent(this.#start.id)}`)) as {
        messages: DeputyMessage[];
      };
      this.chat.messages = record.messages;
      this.chat.clearError();
      this.#show({ link: "ready", stopping: false });
      this.#start.onChange("ended");
      return true;
    } catch (error) {
      return statusOf(error) === 404 && this.#lose();
    }
  }

  #lose(): true {
    this.#gone = true;
    this.chat.clearError();
    this.#show({ link: "gone" });
    return true;
  }

  #onAccepted = (runId: string | undefined): void => {
    this.#accepted = true;
    this.#runId = runId;
    if (this.#kept !== undefined) this.chat.messages = this.#kept;
    this.#start.onChange("accepted");
    if (this.#stopWanted) void this.stop();
  };

  #onJoined = (outcome: "streaming" | "nothing-runs"): void => {
    this.#joined = outcome;
    if (outcome === "nothing-runs") return;
    this.#show({ link: "ready", catchingUp: this.chat.lastMessage?.role === "assistant" });
    setTimeout(() => this.#show({ catchingUp: false }), longestCatchUpMs);
  };

  #onWake = (): void => {
    if (document.visibilityState === "visible") this.#wake();
  };

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #show(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

const longestCatchUpMs = 1_500;

/** What makes a waiting attempt try again at once. */
function wakers(): [EventTarget, string][] {
  return [
    [window, "online"],
    [document, "visibilitychange"],
  ];
}
