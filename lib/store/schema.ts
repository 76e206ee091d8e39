import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import type { Mode, Priority } from "#/lib/protocol/action.ts";
import type { AgentName, RegisteredCard } from "#/lib/protocol/agent.ts";
import type { Condition, PartOf } from "#/lib/protocol/orchestration.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { Author, DeadReason, Failure, RunStatus, TaskStatus } from "#/lib/protocol/task.ts";

/**
 * The tables. Times are the database's own (`now()`), so that no two processes argue about a lease.
 * What a task brought back is stored once, in the data of its `task.completed` event.
 */
const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

export const conversations = pgTable(
  "conversations",
  {
    id: text().primaryKey(),
    title: text().notNull(),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (table) => [index("conversations_recent").on(table.updatedAt.desc())],
);

/** What people wrote. What was answered is in the events of the message's runs. */
export const messages = pgTable(
  "messages",
  {
    id: text().primaryKey(),
    conversationId: text()
      .notNull()
      .references(() => conversations.id, { onDelete: "cascade" }),
    text: text().notNull(),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (table) => [index("messages_of_conversation").on(table.conversationId, table.createdAt)],
);

export const runs = pgTable(
  "runs",
  {
    id: uuid().primaryKey(),
    conversationId: text()
      .notNull()
      .references(() => conversations.id, { onDelete: "cascade" }),
    messageId: text()
      .notNull()
      .references(() => messages.id, { onDelete: "cascade" }),
    /** 1 for the first run of a message, 2 for the first retry, ... */
    trial: integer().notNull().default(1),
    status: text().$type<RunStatus>().notNull().default("active"),
    phase: text().$type<Phase>().notNull().default("PLANNING"),
    /** Number of the newest event; raised in the transaction that inserts it. */
    lastSeq: integer().notNull().default(0),
    /** Delegated tasks so far. */
    taskCount: integer().notNull().default(0),
    /** Raised by every change of the run or its tasks but a claim: what somebody knows of them holds while it is the same. */
    version: integer().notNull().default(0),
    /** Set when a program decides what is done: `open` while it may add tasks, `closing` when the last one ends the run. */
    program: text().$type<"open" | "closing">(),
    /** Set while nothing new may start. */
    pausedAt: at("paused_at"),
    error: jsonb().$type<Failure>(),
    createdAt: at("created_at").notNull().defaultNow(),
    deadlineAt: at("deadline_at").notNull(),
    endedAt: at("ended_at"),
  },
  (table) => [
    unique("runs_once_per_trial").on(table.messageId, table.trial),
    index("runs_of_conversation").on(table.conversationId, table.createdAt),
    index("runs_active").on(table.deadlineAt).where(sql`${table.status} = 'active'`),
  ],
);

export const events = pgTable(
  "events",
  {
    /** Not a foreign key: rows are only written under the lock of their run, and each check would cost as much as its row. */
    runId: uuid().notNull(),
    seq: integer().notNull(),
    at: at("at").notNull().defaultNow(),
    v: integer().notNull(),
    type: text().notNull(),
    taskId: uuid(),
    agent: text().$type<AgentName>(),
    data: jsonb().notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.seq] })],
);

export const tasks = pgTable(
  "tasks",
  {
    /** Of a delegated task made from its parent, turn and block: one block makes one task. */
    id: uuid().primaryKey(),
    /** Not a foreign key, as in `events`. */
    runId: uuid().notNull(),
    /** Null for the root task of the run, which belongs to the agent `main`. */
    parentId: uuid(),
    /** The turn of the parent and the block in it that asked for this task. */
    turn: integer(),
    block: integer(),
    ref: text().notNull(),
    agent: text().$type<AgentName>().notNull(),
    author: text().$type<Author>().notNull(),
    mode: text().$type<Mode>().notNull(),
    priority: text().$type<Priority>().notNull(),
    /** Number of the `task.created` event that holds its words, and of the `action.accepted` event that warrants it. */
    createdSeq: integer(),
    acceptedSeq: integer(),
    /** Number of the event that says how it ended. */
    settledSeq: integer(),
    /** SHA-256 of the words, base64url: what a stream entry must carry to be believed. */
    hash: text().notNull(),
    dependsOn: uuid().array().notNull().default(sql`'{}'::uuid[]`),
    strict: boolean().notNull().default(true),
    /** On which end of what it depends on it starts; null: unless something strict of it is lost. */
    condition: text().$type<Condition>(),
    /** What it is to the group that is its parent. */
    part: text().$type<PartOf["kind"]>(),
    /** Null: as many as the setting says. */
    mostAttempts: integer(),
    status: text().$type<TaskStatus>().notNull().default("pending"),
    /** Pending, in progress or waiting. A column of its own, so that a claim changes no index. */
    open: boolean().notNull().default(true),
    /** Attempts begun. A claim that follows a wait of the root task begins none. */
    attempt: integer().notNull().default(0),
    /** The fencing token, together with the worker: raised by every claim, named by every write of its holder. */
    claim: integer().notNull().default(0),
    workerId: text(),
    /** The newest claim that the log tells of: `task.claimed` is written with the first other event of its claim. */
    announced: integer().notNull().default(0),
    /** Null while the task may not start yet: what it depends on is open, or too many of its kind are live. */
    dispatchedAt: at("dispatched_at"),
    /** Not to be claimed before. */
    dueAt: at("due_at").notNull().defaultNow(),
    /** When an entry was last published for it. */
    rungAt: at("rung_at"),
    timeoutMs: integer(),
    startedAt: at("started_at"),
    deadlineAt: at("deadline_at"),
    settledAt: at("settled_at"),
    error: jsonb().$type<Failure>(),
    /** Set while a failed task is a dead letter: nobody has tried it again or dropped it. */
    dead: text().$type<DeadReason>(),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("tasks_ref").on(table.runId, table.ref),
    index("tasks_open").on(table.runId).where(sql`${table.open}`),
    index("tasks_dead").on(table.settledAt).where(sql`${table.dead} is not null`),
  ],
);

/** What agents needed for the tasks that they won, beside what they had bid: it counts in their next auction. */
export const auctionRecords = pgTable(
  "auction_records",
  {
    /** The task that was won. */
    taskId: uuid().primaryKey(),
    agent: text().$type<AgentName>().notNull(),
    bidSeconds: doublePrecision().notNull(),
    seconds: doublePrecision().notNull(),
    bidUsd: doublePrecision().notNull(),
    usd: doublePrecision().notNull(),
    at: at("at").notNull().defaultNow(),
  },
  (table) => [index("auction_records_of_agent").on(table.agent, table.at)],
);

/** What came in over a stream and was not taken, counted by reason. */
export const refusedEntries = pgTable("refused_entries", {
  reason: text().primaryKey(),
  count: bigint({ mode: "number" }).notNull(),
  lastAt: at("last_at").notNull().defaultNow(),
});

/** Who is registered for a type of the catalogue; written by the workers when they start, and kept when none is alive. */
export const agents = pgTable("agents", {
  type: text().$type<AgentName>().primaryKey(),
  card: jsonb().$type<RegisteredCard>().notNull(),
  registeredAt: at("registered_at").notNull().defaultNow(),
});

/** One row a worker process; its lease is the age of `seenAt`. */
export const workers = pgTable("workers", {
  id: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  version: text().notNull(),
  agents: text().array().notNull(),
  load: integer().notNull().default(0),
  startedAt: at("started_at").notNull().defaultNow(),
  seenAt: at("seen_at").notNull().defaultNow(),
});

export const artifacts = pgTable(
  "artifacts",
  {
    id: uuid().primaryKey(),
    runId: uuid()
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    taskId: uuid().notNull(),
    kind: text().notNull(),
    name: text().notNull(),
    mediaType: text("media_type").notNull(),
    body: bytea().notNull(),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (table) => [index("artifacts_of_run").on(table.runId)],
);

export const lessons = pgTable(
  "lessons",
  {
    id: uuid().primaryKey(),
    runId: uuid()
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    lesson: text().notNull(),
    tags: text().array().notNull(),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("lessons_of_run").on(table.runId),
    index("lessons_search").using("gin", sql`to_tsvector('english', ${table.lesson})`),
  ],
);

export const documents = pgTable("documents", {
  id: uuid().primaryKey(),
  /** What a person knows it by, such as the path it was read from; ingesting the same origin again replaces it. */
  origin: text().notNull().unique(),
  title: text().notNull(),
  mediaType: text("media_type").notNull(),
  /** SHA-256 of the bytes that were ingested. */
  hash: text().notNull(),
  bytes: bigint({ mode: "number" }).notNull(),
  ingestedAt: at("ingested_at").notNull().defaultNow(),
});

export const passages = pgTable(
  "passages",
  {
    documentId: uuid()
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    /** 0, 1, 2, ... in the order of the document. */
    ordinal: integer().notNull(),
    heading: text().array().notNull(),
    text: text().notNull(),
    /** Title and headings weigh more than text. */
    search: tsvector().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.documentId, table.ordinal] }),
    index("passages_search").using("gin", table.search),
  ],
);
