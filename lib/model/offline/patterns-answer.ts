import { defused } from "#/lib/model/boundary.ts";
import { oneLine } from "#/lib/model/offline/one-line.ts";
import type { ReportedConflict, ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import { counted, listed } from "#/lib/model/offline/reported.ts";

type Vote = NonNullable<ReportedTask["vote"]>;

/** How a vote went: who agrees on what, with which share, and who does not. */
export function voteNote(vote: Vote): string {
  const dissent = vote.dissent.map(({ answer, by }) => `${plain(listed(by))}: ${said(answer)}`);
  const lines = [
    headline(vote),
    ...(dissent.length > 0 ? [`Another answer was given by ${dissent.join("; ")}.`] : []),
    ...(vote.silent.length > 0 ? [`No answer came from ${plain(listed(vote.silent.map(({ id }) => id)))}.`] : []),
    ...(vote.tie ? [`Several answers had most votes; the rule that decided: ${plain(vote.tie)}.`] : []),
  ];
  return lines.join("\n\n");
}

function headline({ reached, winner, share, needed, votes, dissent, silent, tie }: Vote): string {
  if (winner === null) return `**There is no consensus:** none of ${counted(votes, "voter")} gave an answer.`;
  const agreeing = votes - silent.length - dissent.reduce((sum, { by }) => sum + by.length, 0);
  const figures = `${agreeing} of ${counted(votes, "voter")} (${share}; ${needed} were asked for)`;
  if (reached) return `**${figures} ${agreeing === 1 ? "says" : "agree"}:** ${said(winner)}.`;
  const place = tie ? "one of the answers" : "the answer";
  return `**There is no consensus:** ${place} with most votes, ${said(winner)}, has ${figures}.`;
}

/** Who won an auction, for which bid, and why. */
export function auctionNote({ winner, bid, bidders, reasons }: NonNullable<ReportedTask["auction"]>): string {
  const why = reasons.map((reason) => ` ${plain(reason)}.`).join("");
  if (winner === null) return `**The auction had no winner.**${why}`;
  const offer = bid
    ? `, with a bid of $${bid.price === 0 ? "0.00" : bid.price.toFixed(4)} and ${Math.round(bid.seconds)} s`
    : "";
  return `**The ${winner} agent won the auction** among ${counted(bidders, "bidder")}${offer}.${why}`;
}

/** Both sides of a contradiction, the one that goes first first, and why it does. */
export function conflictNote({ first, second, rule }: ReportedConflict): string {
  const side = ({ id, agent, statement }: ReportedConflict["first"]) => `${said(statement)} (${agent}, ${plain(id)})`;
  return `**These contradict each other:** ${side(first)} and ${side(second)}. ${plain(first.id)} is named first: ${plain(rule)}.`;
}

const said = (answer: string) => `“${plain(answer)}”`;

function plain(text: string): string {
  return defused(oneLine(text)).replace(/\.$/, "");
}
