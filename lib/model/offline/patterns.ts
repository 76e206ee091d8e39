import { capitalised, oneLine } from "#/lib/model/offline/one-line.ts";

/** How a clause wants its question answered, when it says so; `question` is the clause without these words. */
export type Pattern =
  | { readonly mode: "consensus"; readonly voters?: number; readonly question: string }
  | { readonly mode: "market" | "hierarchical"; readonly question: string };

/**
 * "Verify by vote that X", "do three agents agree that X", "let the agents bid on X", "X with subtasks"; null for a clause
 * that asks for none of these.
 */
export function patternIn(clause: string): Pattern | null {
  return voteIn(clause) ?? auctionIn(clause) ?? hierarchyIn(clause);
}

const number = "(?:[2-9]|two|three|four|five|six|seven|eight|nine)";
const numbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine"];
const verify = "(?:verify|check|confirm|decide|settle|establish|test|find out)";
const vote = "by\\s+(?:an?\\s+)?(?:majority\\s+)?(?:vote|voting|consensus)";
const voters = `(?:\\s+(?:of|among|with)\\s+(?<voters>${number})(?:\\s+(?:agents|voters))?)?`;
const agents = `(?:(?:the\\s+)?(?<voters>${number})|all|the|several|different)?\\s*(?:of\\s+the\\s+)?(?:agents|voters)`;

const votes = [
  new RegExp(`^${verify}\\s+${vote}${voters}\\s*[,:]?\\s*(?<question>\\S.*)$`, "i"),
  new RegExp(`^${verify}\\s+(?<question>\\S.{0,500}?)\\s+${vote}${voters}$`, "i"),
  new RegExp(`^(?:do|would|will)\\s+${agents}\\s+agree\\s+(?:on\\s+|about\\s+)?(?<question>\\S.*)$`, "i"),
  new RegExp(
    `^(?:let|have|ask)\\s+${agents}\\s+(?:to\\s+)?vote\\s*(?:on\\s+|about\\s+|:\\s*)?(?:this\\s*:\\s*)?(?<question>\\S.*)$`,
    "i",
  ),
  /^(?:take\s+an?\s+|hold\s+an?\s+)?vote\s+(?:on|about)\s+(?<question>\S.*)$/i,
];

function voteIn(clause: string): Pattern | null {
  const found = firstMatch(votes, clause);
  if (found?.question === undefined) return null;
  const count = found.voters === undefined ? undefined : numberOf(found.voters);
  return { mode: "consensus", ...(count !== undefined && { voters: count }), question: asQuestion(found.question) };
}

function numberOf(word: string): number {
  const at = numbers.indexOf(word.toLowerCase());
  return at === -1 ? Number(word) : at + 2;
}

/** A vote is on a question: "that X" becomes "Is it true that X?". */
function asQuestion(claim: string): string {
  const bare = claim.replace(/^(?:that|whether|if)\s+/i, "").replace(/[\s.?!]+$/, "");
  const asks =
    /^(?:how|what|why|when|where|which|who|is|are|was|were|does|do|did|can|could|should|would|will|must|has|have)\b/i;
  return `${asks.test(bare) ? capitalised(bare) : `Is it true that ${bare}`}?`;
}

const auctions = [
  /^(?:let|have|ask)\s+(?:the\s+|all\s+|several\s+|all\s+the\s+)?agents\s+(?:to\s+)?(?:bid|compete)\s*(?:on|for|:)\s*(?:this\s*:\s*)?(?<question>\S.*)$/i,
  /^(?:(?:hold|run|open|start)\s+an\s+)?auction\s*(?:off\s+|for\s+|on\s+|:\s*|\s)(?<question>\S.*)$/i,
  /^(?:put|offer)\s+(?<question>\S.{0,500}?)\s+(?:up\s+for\s+auction|to\s+the\s+(?:best|lowest)\s+bidder)$/i,
];

function auctionIn(clause: string): Pattern | null {
  const question = firstMatch(auctions, clause)?.question;
  return question === undefined ? null : { mode: "market", question: capitalised(oneLine(question)) };
}

const hierarchies = [
  /^(?<question>\S.{0,500}?),?\s+(?:with\s+subtasks|in\s+subtasks|hierarchically|as\s+a\s+hierarchy)$/i,
  /^hierarchically\s*[,:]?\s+(?<question>\S.*)$/i,
];

function hierarchyIn(clause: string): Pattern | null {
  const question = firstMatch(hierarchies, clause)?.question;
  return question === undefined ? null : { mode: "hierarchical", question };
}

function firstMatch(patterns: readonly RegExp[], clause: string): Record<string, string | undefined> | undefined {
  const bare = clause.replace(/[\s.?!]+$/, "");
  for (const pattern of patterns) {
    const groups = pattern.exec(bare)?.groups;
    if (groups) return groups;
  }
  return undefined;
}
