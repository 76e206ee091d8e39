"use client";

import "#/app/_ui/without-eval.ts";

import { Chat } from "@ai-sdk/react";
import { v7 as newId } from "uuid";
import { callApi, conversationTransport, newestRunOf, reasonOf, statusOf } from "#/app/_ui/conversation-transport.ts";
import { LookTimer } from "#/app/_ui/look-timer.ts";
import { runOf } from "#/app/_ui/run-parts.ts";
import { onSeenAgain } from "#/app/_ui/seen-again.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

export type SessionView = {
  /** `reconnecting`: the connection is lost and being found again. `gone`: the conversation no longer exists. */
  readonly link: "ready" | "loading" | "reconnecting" | "gone";
  readonly stopping: boolean;
  /** How often a message was sent here, or a run that answers none begun. */
  readonly begun: number;
  /** A run that is on screen already is being told again from its beginning. */
  readonly catchingUp: boolean;
  /** A message that the server did not take, and why. */
  readonly notSent: { readonly text: string; readonly reason: string } | null;
  /** Why stopping or trying again did not work. */
  readonly problem: string | null;
};

const quiet = { link: "ready", stopping: false, catchingUp: false, notSent: null, problem: null } as const;

export type SessionStart = {
  readonly id: string;
  readonly messages: DeputyMessage[];
  /** The messages may be out of date: the record is read again when the session opens. */
  readonly stale: boolean;
  readonly activeRunId: string | null;
  /** Called when the server has taken a message, or an answer to a dead letter, and when a run has ended. */
  readonly onChange: (what: "accepted" | "answered" | "ended") => void;
};

/**
 * One conversation as this tab sees it: sends, stops, tries again, and stays with a run until it has ended, whatever
 * happens to the connection. While nothing runs it looks for runs that were begun elsewhere. Sending the same text again
 * after a failure uses the same message id, so that a message which did arrive starts no second run.
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
  /** Requests, followed runs and looks that are under way. */
  #underWay = 0;
  #stopHearing = () => {};
  readonly #timer = new LookTimer(() => this.look());
  /** The run that a look found last. */
  #found: string | undefined;

  constructor(start: SessionStart) {
    this.#start = start;
    this.#view = { ...quiet, link: start.stale ? "loading" : "ready", begun: 0 };
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
    this.#stopHearing = onSeenAgain(this.#onSeen);
    this.#timer.restart();
    this.#timer.wait();
    if (this.#view.link === "loading" || this.#start.activeRunId !== null) void this.#join();
  };

  close = (): void => {
    this.#open = false;
    this.#attempt += 1;
    this.#timer.stop();
    this.#stopHearing();
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
    this.#begin();
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

  /** Follows a run that was started here otherwise than by a message. */
  async followNew(): Promise<void> {
    this.#begin();
    await this.#follow();
  }

  /** Follows a run that is not on screen, whoever began it, unless there is enough to do already. */
  async look(): Promise<void> {
    if (!this.#isIdle() || this.chat.messages.length === 0) return;
    const newest = await this.#during(() => newestRunOf(this.#start.id));
    if (!this.#isIdle() || newest === "unknown" || newest === null) return;
    if (newest === "gone") this.#lose();
    else if (newest !== this.#found && !this.chat.messages.some((message) => runOf(message)?.runId === newest)) {
      this.#found = newest;
      await this.#follow();
    }
  }

  /** A dead letter of the conversation was answered. */
  tellAnswered(): void {
    this.#start.onChange("answered");
  }

  /** Says why something that was asked for was not done; null takes that back. */
  report(problem: string | null): void {
    this.#show({ problem });
  }

  dismiss = (): void => this.#show({ notSent: null, problem: null });

  #isIdle(): boolean {
    return this.#open && !this.#gone && this.#underWay === 0;
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      // A look that finds nothing to do ends here, too: it is this that makes the next one.
      if (this.#open) this.#timer.wait();
    }
  }

  #begin(): void {
    this.#show({ begun: this.#view.begun + 1 });
  }

  /** Runs a request to its end and, when the connection broke, the run to its end; gives the reason when it was refused. */
  #request(start: () => Promise<void>): Promise<string | undefined> {
    return this.#during(() => this.#requestNow(start));
  }

  async #requestNow(start: () => Promise<void>): Promise<string | undefined> {
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
    if (statusOf(error) === 409) void this.#follow();
    return reasonOf(error);
  }

  /** True when the run that the last message tells of has ended; says so once. */
  #finish(): boolean {
    const run = runOf(this.chat.lastMessage);
    if (run === undefined || run.status === "active") return false;
    this.#timer.restart();
    this.chat.clearError();
    this.#show({ link: "ready", stopping: false });
    this.#start.onChange("ended");
    return true;
  }

  /** Reads the record, then joins what runs. */
  async #follow(): Promise<void> {
    this.#show({ link: "loading" });
    await this.#join();
  }

  /** Follows the active run; where none is active, reads the record. Tries until one of the two has worked. */
  #join(): Promise<void> {
    return this.#during(() => this.#joinNow());
  }

  async #joinNow(): Promise<void> {
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
      if (read === "failed" || this.#gone) return this.#gone;
      if (read === "ended" && this.#finish()) return true;
    }
    this.#joined = undefined;
    await this.chat.resumeStream();
    return this.#hasSettled();
  }

  async #hasSettled(): Promise<boolean> {
    if (this.#joined === "streaming") return this.#finish();
    if (statusOf(this.chat.error) === 404) return this.#lose();
    return this.#joined === "nothing-runs" && (await this.#read()) !== "failed";
  }

  /**
   * Takes over the server's record of the conversation, unless something newer was begun meanwhile; says whether a run is under
   * way that the record does not tell of.
   */
  async #read(): Promise<"active" | "ended" | "failed"> {
    const attempt = this.#attempt;
    try {
      const record = (await callApi("GET", `/api/conversations/${encodeURIComponent(this.#start.id)}`)) as {
        messages: DeputyMessage[];
        activeRunId?: string | null;
      };
      if (attempt !== this.#attempt) return "failed";
      this.chat.messages = record.messages;
      this.#timer.restart();
      this.chat.clearError();
      this.#show({ link: "ready", stopping: false });
      this.#start.onChange("ended");
      return record.activeRunId ? "active" : "ended";
    } catch (error) {
      return statusOf(error) === 404 && this.#lose() ? "ended" : "failed";
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

  #onSeen = (): void => {
    this.#timer.restart();
    this.#wake();
    void this.look();
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
