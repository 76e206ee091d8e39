/** Prose that was broken into lines at some column is shown as one paragraph; anything else keeps its lines. */
export function readableQuote(quote: string): string {
  const lines = quote.trim().split("\n");
  const wrapped = lines
    .slice(0, -1)
    .every((line) => line.length >= wrapsFrom && !/^\s*([|>#]|[-*+] )|\s{2}$/.test(line));
  return wrapped ? lines.map((line) => line.trim()).join(" ") : quote.trim();
}

/** True when a claim says no more than the words that it rests on, whatever stands before or around them. */
export function repeats(claim: string, quote: string): boolean {
  return squeeze(claim).includes(squeeze(quote));
}

/** Nobody wraps prose narrower than this. */
const wrapsFrom = 60;

function squeeze(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
