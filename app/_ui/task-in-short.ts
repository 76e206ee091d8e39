import { formatDuration } from "#/app/_ui/duration.ts";
import { formatShare, formatUsd } from "#/app/_ui/money.ts";
import { count } from "#/app/_ui/words.ts";
import type { ResultPart } from "#/lib/chat/parts.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";

/** What a task brought, in one line. */
export function resultInShort({ evidence, plan, page, bid, aggregated }: ResultPart): string {
  const brought = [
    bid === undefined ? "" : `Bid: ${bidInShort(bid)}`,
    aggregated === undefined ? "" : `Made of ${count(aggregated.from.length, "result")}`,
    evidence.length > 0 ? count(evidence.length, "finding") : "",
    plan === undefined ? "" : `Plan with ${count(plan.steps.length, "step")}`,
    page === undefined ? "" : `Page: ${page.title || page.finalUrl}`,
  ].filter(Boolean);
  return brought.length === 0 ? "Result" : brought.join(", ");
}

/** `12 s for $0.0040, 80 % sure` */
function bidInShort({ seconds, price, confidence }: Bid): string {
  return `${formatDuration(seconds * 1_000)} for ${formatUsd(price)}, ${formatShare(confidence)} sure`;
}
