/** US dollars as a person reads small ones: `$0`, `$0.0042`, `$1.50`. */
export function formatUsd(amount: number): string {
  if (amount <= 0) return "$0";
  if (amount < 0.0001) return "under $0.0001";
  return `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`;
}

/** A share of 0 to 1 in whole percent. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}
