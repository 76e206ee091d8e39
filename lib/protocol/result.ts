import { z } from "zod";
import { AgentType } from "#/lib/protocol/agent.ts";
import { Auction, Bid, Consensus } from "#/lib/protocol/orchestration.ts";

/** Where a quote stands, so that a person can open it. */
export const Source = z.object({
  title: z.string(),
  /** The headings above the quote, outermost first. */
  heading: z.array(z.string()),
  /** What a click opens: an http(s) address, or a path of this product such as `/documents/<id>#passage-4`. */
  url: z.string(),
  /** What a person knows the source by: the path of an ingested file, or the address of a page. */
  origin: z.string(),
});
export type Source = z.infer<typeof Source>;

/** One thing that an agent found, with the words it rests on. The quote stands in the source letter by letter. */
export const Evidence = z.object({
  claim: z.string(),
  quote: z.string(),
  source: Source,
});
export type Evidence = z.infer<typeof Evidence>;

export const PlanStep = z.object({
  id: z.string().regex(/^[a-z0-9_-]{1,40}$/),
  title: z.string().min(1),
  agent: AgentType,
  dependsOn: z.array(z.string()),
  complexity: z.number().int().min(1).max(10),
  /** How a person sees that the step is done. */
  acceptance: z.string().min(1),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** A plan as the planner agent delivers it: a graph without cycles whose edges all lead to steps of the plan. */
export const PlanGraph = z.object({
  goal: z.string().min(1),
  steps: z.array(PlanStep).min(1).max(50),
});
export type PlanGraph = z.infer<typeof PlanGraph>;

export const Link = z.object({ text: z.string(), url: z.string() });
export type Link = z.infer<typeof Link>;

export const Table = z.object({ caption: z.string(), rows: z.array(z.array(z.string())) });
export type Table = z.infer<typeof Table>;

/** A page as the browser agent saw it. */
export const Page = z.object({
  title: z.string(),
  requestedUrl: z.string(),
  finalUrl: z.string(),
  status: z.number().int().nullable(),
  /** Readable text as Markdown; cut at the limit, with `truncated` set. */
  text: z.string(),
  truncated: z.boolean(),
  links: z.array(Link),
  tables: z.array(Table),
});
export type Page = z.infer<typeof Page>;

export const ArtifactRef = z.object({
  /** Opened at `/api/artifacts/<id>`. */
  id: z.string(),
  kind: z.enum(["screenshot", "file"]),
  name: z.string(),
  mediaType: z.string(),
  bytes: z.number().int(),
});
export type ArtifactRef = z.infer<typeof ArtifactRef>;

/** What a task brings back. At most 1 MB as JSON (a budget). */
export const TaskResult = z.object({
  /** Markdown for the main agent and for the reader, e.g. one line a finding. Says so when nothing was found. */
  text: z.string(),
  evidence: z.array(Evidence),
  plan: PlanGraph.optional(),
  page: Page.optional(),
  artifacts: z.array(ArtifactRef),
  /** What it holds to be true, a sentence each, the most important one first: what a vote is counted by. */
  claims: z.array(z.string()).optional(),
  /** How sure the agent is of it. */
  confidence: z.number().min(0).max(1).optional(),
  /** What an agent offered, where it was asked for a bid. */
  bid: Bid.optional(),
  consensus: Consensus.optional(),
  auction: Auction.optional(),
  /** References of the tasks whose results were made into this one, and how. */
  aggregated: z.object({ how: z.enum(["concat", "merge", "vote"]), from: z.array(z.string()) }).optional(),
});
export type TaskResult = z.infer<typeof TaskResult>;

/** Evidence as the answer cites it: `[n]`. Numbers are given per run, in the order in which results settled. */
export const NumberedEvidence = Evidence.extend({ n: z.number().int() });
export type NumberedEvidence = z.infer<typeof NumberedEvidence>;
