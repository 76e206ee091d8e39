import { z } from "zod";
import { SECOND, sleep } from "#/lib/clock.ts";
import { type Check, check } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { ofType, partsOf, type Story, taskOf } from "#/test/demo/story.ts";

/** What is known of the agents is read anew after two seconds. */
const RECORD_MS = 2.5 * SECOND;

const Agents = z.object({ agents: z.array(z.looseObject({ type: z.string(), registered: z.boolean() })) });

export const market: Pattern = {
  name: "market",
  promise:
    "those who can do a task bid for it, code awards it once and keeps its reasons, and bid and need are compared",
  async play(stage) {
    const { agents } = await stage.server.get("/api/agents", Agents);
    const bidders = agents.filter(({ type, registered }) => registered && type !== "main").map(({ type }) => type);
    const first = await stage.ask("An auction among all agents", "/market any Who built the vault Orion?");
    await sleep(RECORD_MS);
    const next = await stage.ask("And another one", "/market any When was the lighthouse Mira lit?");
    return [...judgeAuction(first, bidders), judgeRecord(first, next)];
  },
};

export function judgeAuction(story: Story, bidders: readonly string[]): Check[] {
  const parts = partsOf(story, "t1");
  const bids = parts.filter(({ spec }) => spec.part?.kind === "bid");
  const awards = parts.filter(({ spec }) => spec.part?.kind === "award");
  const auction = taskOf(story, "t1").result?.auction;
  const decisions = ofType(story.events, "auction.decided");
  const offer = auction?.bids.findLast(({ agent, bid }) => agent === auction.winner && bid !== null)?.bid;
  const { actual } = auction ?? {};
  return [
    check(
      "each agent was asked once a round, so that messages grow with the agents alone",
      auction !== undefined && bids.length === bidders.length * auction.rounds,
      `${bids.length} bids asked of ${bidders.join(", ")} in ${auction?.rounds ?? 0} round(s)`,
    ),
    check(
      "it was awarded once, and done by the winner",
      awards.length === 1 && awards[0]?.status === "completed" && awards[0].spec.agent === auction?.winner,
      awards.map(({ ref, spec, status }) => `${ref} to ${spec.agent}, ${status}`).join("; ") || "no award",
    ),
    check(
      "the reasons are kept",
      (decisions.at(-1)?.data.reasons.length ?? 0) > 0,
      decisions.at(-1)?.data.reasons[0] ?? "none",
    ),
    check(
      "what was bid stands beside what was needed",
      offer !== undefined && offer !== null && actual !== undefined && actual.seconds > 0,
      `bid $${offer?.price.toFixed(2)} and ${offer?.seconds} s, needed $${actual?.costUsd.toFixed(2)} and ${actual?.seconds} s`,
    ),
  ];
}

/** What the winner of the first needed is among the reasons of its bid in the next. */
export function judgeRecord(first: Story, next: Story): Check {
  const winner = taskOf(first, "t1").result?.auction?.winner;
  const bid = taskOf(next, "t1").result?.auction?.bids.find(({ agent }) => agent === winner);
  const counted = bid?.reasons.find((reason) => /\([1-9]\d* auctions?\)/.test(reason));
  return check("what it needed counts in the next auction", counted !== undefined, counted ?? "it is not spoken of");
}
