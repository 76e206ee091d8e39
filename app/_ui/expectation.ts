import { formatDuration } from "#/app/_ui/duration.ts";
import { formatUsd } from "#/app/_ui/money.ts";
import type { EstimatePart } from "#/lib/chat/parts.ts";

/** `expected 2.8 s and $0.0200`, and once it has ended `expected 2.8 s and $0.0200, took 1.4 s`. */
export function expectationInWords({ seconds, costUsd, took }: EstimatePart): string {
  const expected = `expected ${timeAndMoney(seconds, costUsd)}`;
  return took === undefined ? expected : `${expected}, took ${timeAndMoney(took.seconds, took.costUsd)}`;
}

/** Money that is not known to be any is left out: of some models nobody knows the price. */
export function timeAndMoney(seconds: number, costUsd: number): string {
  const time = formatDuration(seconds * 1_000);
  return costUsd > 0 ? `${time} and ${formatUsd(costUsd)}` : time;
}
