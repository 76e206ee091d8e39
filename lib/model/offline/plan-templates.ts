import type { Facts } from "#/lib/model/offline/assignment.ts";
import type { Concern } from "#/lib/model/offline/plan-concerns.ts";
import { listed } from "#/lib/model/offline/reported.ts";
import type { PlanStep } from "#/lib/protocol/result.ts";

/** A step before it has an id: `after` holds the places of the steps it needs, counted from 1. */
export type DraftStep = Omit<PlanStep, "id" | "dependsOn"> & { readonly after: readonly number[] };
type Draft = { readonly goal: string; readonly steps: readonly DraftStep[] };
type Template = (facts: Facts, concern: (facts: Facts) => Concern) => Draft;

const kinds = ["migration", "repair", "document", "research", "website", "change", "general"] as const;
export type PlanKind = (typeof kinds)[number];

const signs: readonly { readonly kind: PlanKind; readonly is: RegExp }[] = [
  { kind: "change", is: /^(?:add|implement|build|creat|introduc|integrat|support|develop|adopt)/i },
  {
    kind: "migration",
    is: /\b(?:migrat\w*|upgrad\w*|mov(?:e|ing) (?:from|to|away)|switch\w*|port(?:ing)?|replac\w*)\b/i,
  },
  {
    kind: "repair",
    is: /\b(?:fix\w*|bugs?|debug\w*|repair\w*|crash\w*|broken|failing|flaky|regressions?|outages?)\b/i,
  },
  {
    kind: "document",
    is: /\b(?:document(?:ing|ation)?|docs|readme|guide|tutorial|article|blog|handbook|report|manual|announcement)\b/i,
  },
  {
    kind: "research",
    is: /\b(?:research\w*|compar\w*|evaluat\w*|choos\w*|investigat\w*|study\w*|benchmark\w*|assess\w*|decid\w*)\b/i,
  },
  {
    kind: "website",
    is: /https?:\/\/|\b(?:web ?sites?|web ?pages?|monitor\w* (?:a|the) (?:site|page)|scrap\w*|crawl\w*)\b/i,
  },
  {
    kind: "change",
    is: /\b(?:feature|support for|retr(?:y|ies)|cach(?:e|ing)|agents?|log-?in|authentication|api|button|endpoint|refactor\w*)\b/i,
  },
];

/** The kind of work that a goal names, by its first sign in the order of the list. */
export function kindOf(goal: string): PlanKind {
  return signs.find((sign) => sign.is.test(goal))?.kind ?? "general";
}

export const templates: Readonly<Record<PlanKind, Template>> = {
  change(facts, concern) {
    const { decide, build, test, review } = concern(facts);
    const first: DraftStep = {
      title:
        facts.pages.length > 0
          ? `Start from ${listed(facts.pages)}: mark each place in the code that is concerned${using(facts)}`
          : `Find each place in the code that ${facts.subject} concerns, and how it behaves today`,
      agent: facts.pages.length > 0 ? "code" : "knowledge",
      after: [],
      complexity: 2,
      acceptance:
        "A list of files and functions, each with one sentence on what happens there today and what will change",
    };
    const built = build.map((point, at): DraftStep => ({ ...point, agent: "code", after: [at === 0 ? 2 : 3] }));
    const last = built.length + 2;
    return {
      goal: sentence(facts.goal),
      steps: [
        first,
        { ...decide, agent: "planner", after: [1] },
        ...built,
        { ...test, agent: "test", after: built.map((_, at) => at + 3) },
        { ...review, agent: "review", after: [last + 1] },
      ],
    };
  },

  repair: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: `Reproduce it: the shortest input that shows ${facts.subject}`,
        agent: "debug",
        after: [],
        complexity: 4,
        acceptance: "One command fails every time, or fails in a counted share of 100 runs",
      },
      {
        title: `Collect what is known about it${from(facts)}`,
        agent: "knowledge",
        after: [],
        complexity: 2,
        acceptance: "Each cause that was reported elsewhere is ruled out or kept, with the reason",
      },
      {
        title: "Find the cause: narrow it down until one line or one assumption explains every symptom",
        agent: "debug",
        after: [1, 2],
        complexity: 6,
        acceptance: "A change of that one thing alone makes the failure come and go",
      },
      {
        title: "Write a test that fails for this cause",
        agent: "test",
        after: [3],
        complexity: 3,
        acceptance: "The test fails on the present code, and its message names the fault",
      },
      {
        title: "Repair the cause, and look for the same mistake elsewhere",
        agent: "code",
        after: [4],
        complexity: 5,
        acceptance: "The new test and all others pass; the list of similar places is empty or repaired",
      },
      {
        title: "Review the change and write down what let the fault through",
        agent: "review",
        after: [5],
        complexity: 3,
        acceptance: "One sentence says which check was missing, and that check exists now",
      },
    ],
  }),

  migration: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: `List what changes${from(facts)}${using(facts)}`,
        agent: "knowledge",
        after: [],
        complexity: 4,
        acceptance: "Each breaking change is listed with the page that describes it",
      },
      {
        title: "Count where the old way is used",
        agent: "code",
        after: [],
        complexity: 3,
        acceptance: "A number for each breaking change, made by a search that can be repeated",
      },
      {
        title: "Decide the order, the way back, and what proves success",
        agent: "planner",
        after: [1, 2],
        complexity: 4,
        acceptance: "Each stage can be undone in under ten minutes, and the measure of success has a number",
      },
      {
        title: "Pin today's behaviour with tests where it is used most",
        agent: "test",
        after: [2],
        complexity: 4,
        acceptance: "The tests pass before the change and cover each breaking change at least once",
      },
      {
        title: "Change one part, and run old and new side by side",
        agent: "code",
        after: [3, 4],
        complexity: 6,
        acceptance: "Both give the same results on real input for a day, or the differences are explained",
      },
      {
        title: "Change the rest, part by part",
        agent: "code",
        after: [5],
        complexity: 6,
        acceptance: "The search of step 2 counts zero, and all tests pass after each part",
      },
      {
        title: "Remove the old way and review what is left",
        agent: "review",
        after: [6],
        complexity: 3,
        acceptance: "The old dependency and its settings are gone from the repository",
      },
    ],
  }),

  document: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: "Decide who reads it and what they can do after reading",
        agent: "planner",
        after: [],
        complexity: 2,
        acceptance: "One sentence names the reader, and three name what he can do afterwards",
      },
      {
        title: `Collect the facts${from(facts)}`,
        agent: "knowledge",
        after: [1],
        complexity: 3,
        acceptance: "Each fact stands with its source; open questions are listed",
      },
      {
        title: "Outline it: one heading for each thing that the reader can do",
        agent: "planner",
        after: [2],
        complexity: 3,
        acceptance: "A reader finds the answer to each of the three from the headings alone",
      },
      {
        title: "Write it, with an example that can be run for each claim",
        agent: "code",
        after: [3],
        complexity: 4,
        acceptance: "Every command and example was run as it stands there, and gave what the text says",
      },
      {
        title: "Let someone of the named readers follow it without help",
        agent: "review",
        after: [4],
        complexity: 3,
        acceptance: "He reaches all three aims, and each place where he stopped has been changed",
      },
    ],
  }),

  research: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: `Write down the question behind ${facts.goal}, and what would decide it`,
        agent: "planner",
        after: [],
        complexity: 3,
        acceptance: "Three to five criteria, each with a weight and a way to measure it",
      },
      {
        title: `Gather what the documents say${from(facts)}`,
        agent: "knowledge",
        after: [1],
        complexity: 4,
        acceptance: "Each criterion has at least one quoted source for each candidate, or says that there is none",
      },
      {
        title: "Read the candidates' own pages for what is missing",
        agent: "browser",
        after: [1],
        complexity: 3,
        acceptance: "Each fact has an address and the date on which it was read",
      },
      {
        title: "Measure what can be measured, on the same input for all",
        agent: "test",
        after: [2, 3],
        complexity: 5,
        acceptance: "The numbers can be made again with one command",
      },
      {
        title: "Weigh the criteria and recommend one, with what speaks against it",
        agent: "planner",
        after: [4],
        complexity: 4,
        acceptance:
          "A table of candidates and criteria leads to the recommendation, and a change of any one weight by a third is discussed",
      },
      {
        title: "Have the reasoning reviewed by someone with another favourite",
        agent: "review",
        after: [5],
        complexity: 3,
        acceptance: "Each objection is answered or named as open",
      },
    ],
  }),

  website: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: `List the pages that matter for ${facts.subject}, and what is looked for on each`,
        agent: "planner",
        after: [],
        complexity: 2,
        acceptance: "Each page has an address and one question",
      },
      {
        title: "Open each page and take down its text, its tables and a screenshot",
        agent: "browser",
        after: [1],
        complexity: 3,
        acceptance:
          "Each page has its final address, its status and the time of reading; those that did not open are named",
      },
      {
        title: `Compare with what is already known${from(facts)}`,
        agent: "knowledge",
        after: [1],
        complexity: 3,
        acceptance: "Every difference is listed with both sources",
      },
      {
        title: "Answer each question, with the sentence of the page that it rests on",
        agent: "planner",
        after: [2, 3],
        complexity: 3,
        acceptance: "No answer stands without a quote, and open questions are named",
      },
      {
        title: "Check the answers against the screenshots",
        agent: "review",
        after: [4],
        complexity: 2,
        acceptance: "A second reader finds each quote on its page",
      },
    ],
  }),

  general: (facts) => ({
    goal: sentence(facts.goal),
    steps: [
      {
        title: `Say what is true when this has been done: ${facts.goal}`,
        agent: "planner",
        after: [],
        complexity: 2,
        acceptance: "Three statements that an outsider can check with yes or no",
      },
      {
        title: `Collect what is known about ${facts.subject}${from(facts)}`,
        agent: "knowledge",
        after: [],
        complexity: 3,
        acceptance: "Each fact stands with its source, and each open question with who can answer it",
      },
      {
        title: "List what can go wrong, and decide what is done about it",
        agent: "planner",
        after: [1, 2],
        complexity: 3,
        acceptance: "Each risk has an early sign and an answer",
      },
      {
        title: "Do the smallest part that is of use by itself",
        agent: "code",
        after: [3],
        complexity: 4,
        acceptance: "Someone uses it, and one of the three statements has become true",
      },
      {
        title: "Do the rest, in parts of a day at most",
        agent: "code",
        after: [4],
        complexity: 5,
        acceptance: "All three statements are true",
      },
      {
        title: "Check the statements with someone who was not involved",
        agent: "review",
        after: [5],
        complexity: 2,
        acceptance: "He answers yes to all three without an explanation",
      },
    ],
  }),
};

/** What earlier tasks found, as the beginning of a step; nothing when they found nothing. */
function from({ pages }: Facts): string {
  return pages.length > 0 ? `, beginning with ${listed(pages)}` : "";
}

function using({ names }: Facts): string {
  return names.length > 0 ? ` (${names.join(", ")})` : "";
}

function sentence(goal: string): string {
  return goal.charAt(0).toUpperCase() + goal.slice(1);
}
