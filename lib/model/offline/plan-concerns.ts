import type { Facts } from "#/lib/model/offline/assignment.ts";
import type { PlanStep } from "#/lib/protocol/result.ts";

/** What an engineer knows to watch for in one kind of feature: it fills the middle of the plan for a change. */
export type Concern = {
  readonly is: RegExp;
  /** The decision that comes before the first line of code. */
  readonly decide: Point;
  /** What is built; all else rests on the first. */
  readonly build: readonly Point[];
  readonly test: Point;
  readonly review: Point;
};

type Point = Pick<PlanStep, "title" | "complexity" | "acceptance">;

/** The concern that the subject of a change names; the general one when it names none. */
export function concernOf(subject: string): (facts: Facts) => Concern {
  return (facts) => known.find((concern) => concern.is.test(subject)) ?? general(facts);
}

const known: readonly Concern[] = [
  {
    is: /\bretr(?:y|ies|ying)\b/i,
    decide: {
      title: "Decide the retry policy: which failures, how many attempts, which pauses, how long in total",
      complexity: 3,
      acceptance:
        "One table lists every failure with retry or no retry, and next to it stand the maximum of attempts, the first pause, its growth and jitter, and the time limit of all attempts together",
    },
    build: [
      {
        title: "Write one retry function around the call, with back-off, jitter and the pause that the server asks for",
        complexity: 5,
        acceptance:
          "A call that fails twice and then succeeds returns its result after exactly three attempts; a failure that the table marks as final is reported after one",
      },
      {
        title: "Stop at once when the caller aborts, also in the middle of a pause",
        complexity: 4,
        acceptance: "An abort during a pause ends the call within 100 ms, and the log shows no further attempt",
      },
      {
        title: "Never repeat what the reader has seen: an answer that broke off is marked before a new attempt begins",
        complexity: 4,
        acceptance: "After a failure in the middle of an answer no sentence of it appears twice",
      },
    ],
    test: {
      title:
        "Test each row of the table against a server that fails on command: 429 with a pause, 500, a lost connection, 401, an abort",
      complexity: 4,
      acceptance: "Every row has a test, and each of them fails when the retry function is taken out",
    },
    review: {
      title: "Review that retries cannot multiply and that each attempt is logged with its number and reason",
      complexity: 3,
      acceptance: "No retry runs inside of another one, and one failed call can be followed through the log by its id",
    },
  },
  {
    is: /\bcach(?:e|es|ing)\b/i,
    decide: {
      title: "Decide what is cached, under which key, for how long, and what makes an entry invalid",
      complexity: 3,
      acceptance: "Each kind of entry has a key, a lifetime and the list of events that remove it",
    },
    build: [
      {
        title: "Put the cache behind one function that reads, fills and removes entries",
        complexity: 5,
        acceptance: "No caller builds a key of its own; a second equal request is served without the original call",
      },
      {
        title: "Remove entries on every event of the list, and bound the memory",
        complexity: 5,
        acceptance:
          "After a change no request returns the old value, and the size stays under its limit in a run of 100,000 keys",
      },
    ],
    test: {
      title: "Test hit, miss, expiry, invalidation, and many requests for one missing entry at once",
      complexity: 4,
      acceptance: "Fifty equal requests at once lead to one original call",
    },
    review: {
      title: "Review that no entry can reach a user it does not belong to",
      complexity: 4,
      acceptance: "Whatever decides what a user may see is part of the key, or is checked after the read",
    },
  },
  {
    is: /\bagents?\b/i,
    decide: {
      title:
        "Write down the new agent's contract: what it is asked, what it brings back, what it may touch, how long it may take",
      complexity: 3,
      acceptance: "Three example tasks stand next to the results they must give, and one example shows what it refuses",
    },
    build: [
      {
        title:
          "Build the agent behind the same interface as the others, with progress messages and an abort that it obeys",
        complexity: 6,
        acceptance: "Each of the example tasks gives its result, and an aborted one ends within two seconds",
      },
      {
        title: "Register it, so that it appears in the catalogue and a worker takes its tasks",
        complexity: 3,
        acceptance:
          "The list of agents shows it with at least one worker, and a task delegated to it by hand completes",
      },
      {
        title: "Tell the main agent when to use it: a description that sets it apart from the other agents",
        complexity: 3,
        acceptance: "Of ten requests, the five that are meant for it are delegated to it and the other five are not",
      },
    ],
    test: {
      title: "Test results, refusals, a time limit, a crash in the middle, and input that tries to give it orders",
      complexity: 5,
      acceptance: "Each case has a test, and a task whose worker is killed is completed by another one",
    },
    review: {
      title: "Review what the agent can reach, and that it brings evidence with what it claims",
      complexity: 4,
      acceptance: "The reviewer has listed its files, addresses and settings, and each of them is needed",
    },
  },
  {
    is: /\b(?:auth\w*|log-?in|sign-?(?:in|up)|password|session|permission|access)\b/i,
    decide: {
      title: "Decide who may do what, how a user proves who he is, and how long that holds",
      complexity: 5,
      acceptance:
        "A table of roles and actions has no empty field, and each credential has a lifetime and a way to revoke it",
    },
    build: [
      {
        title: "Build sign-in and sign-out with an established library, and keep secrets out of logs and addresses",
        complexity: 6,
        acceptance:
          "A stolen session ends when it is revoked, and a search of the logs for the test password finds nothing",
      },
      {
        title: "Check the permission in one place that every request passes",
        complexity: 5,
        acceptance: "A request without the check cannot be written: the test that lists all routes fails for it",
      },
    ],
    test: {
      title: "Test each cell of the table, expired and forged credentials, and repeated guesses",
      complexity: 5,
      acceptance: "Every forbidden cell answers 401 or 403, and the tenth wrong guess is slowed down",
    },
    review: {
      title: "Have the change reviewed against a list of known attacks",
      complexity: 6,
      acceptance: "Each entry of the list is marked as prevented, with the test that shows it",
    },
  },
  {
    is: /\brate[- ]?limit|\bthrottl/i,
    decide: {
      title: "Decide whom the limit counts, over which time, and what a refused caller is told",
      complexity: 3,
      acceptance: "Each kind of caller has a number and a window, and the refusal says when to come back",
    },
    build: [
      {
        title: "Count in one shared place, so that several processes keep one limit",
        complexity: 5,
        acceptance: "With two processes, exactly the allowed number of requests passes in one window",
      },
    ],
    test: {
      title: "Test the limit, the first request after it, and a burst from many callers at once",
      complexity: 4,
      acceptance: "One caller at its limit delays no other",
    },
    review: {
      title: "Review what happens when the counter itself cannot be reached",
      complexity: 3,
      acceptance: "The decision to let through or to refuse is written down and tested",
    },
  },
  {
    is: /\b(?:log(?:s|ging)|metric\w*|trac(?:es?|ing)|monitoring|observability|telemetry|alerts?)\b/i,
    decide: {
      title: "Write down the questions that the records must answer, and what they must never hold",
      complexity: 3,
      acceptance:
        "Each question names the record that answers it; names, keys and contents of messages are on the list of what is left out",
    },
    build: [
      {
        title: "Record start, end and failure of each unit of work with one id that follows it through all processes",
        complexity: 5,
        acceptance: "The id of one request finds all its records, in order, across processes",
      },
    ],
    test: {
      title: "Test the records of a success, a failure and an abort, and measure their cost",
      complexity: 3,
      acceptance: "The measured slowdown is under 2 percent",
    },
    review: {
      title: "Review the records of a real run for secrets",
      complexity: 3,
      acceptance: "A search for the keys and addresses that were in use finds nothing",
    },
  },
];

function general({ subject }: Facts): Concern {
  return {
    is: /(?:)/,
    decide: {
      title: `Decide what ${subject} must do, what it need not do, and how failure shows`,
      complexity: 3,
      acceptance:
        "Three examples of use and two of misuse stand with their expected outcome, and someone else has agreed to them",
    },
    build: [
      {
        title: `Build the smallest version of ${subject} that a person can try from end to end`,
        complexity: 5,
        acceptance: "The first example of use gives its expected outcome outside of a test",
      },
      {
        title: "Handle the failures: wrong input, a service that is away, an abort in the middle",
        complexity: 5,
        acceptance: "Both examples of misuse end with a message that says what to do, and nothing is left half done",
      },
    ],
    test: {
      title: "Test every example, and each failure on command",
      complexity: 4,
      acceptance: "Each test fails when the line it guards is taken out",
    },
    review: {
      title: "Have the change reviewed by someone who did not write it",
      complexity: 3,
      acceptance: "Every remark is answered by a change or a reason",
    },
  };
}
