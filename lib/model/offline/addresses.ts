const withScheme = /\bhttps?:\/\/[^\s<>"'`)\]}]+/gi;
/** A bare name counts only behind a word that opens pages, and not when it ends like a file. */
const bareName = /\b(open|visit|go to|browse)\s+((?:[a-z0-9-]+\.)+[a-z]{2,}(?:\/[^\s<>"'`)\]}]*)?)/gi;
const fileEnding = /\.(?:js|ts|jsx|tsx|mjs|json|md|mdx|txt|html?|py|css|sql|ya?ml|toml|env|sh)$/i;

/** The web addresses in a text, each once, in order. */
export function addressesIn(text: string): string[] {
  return [...new Set([...text.matchAll(withScheme)].map(([address]) => address.replace(/[.,;:!?]+$/, "")))];
}

/** The text with `open example.com` written as `open https://example.com`. */
export function withSchemes(text: string): string {
  return text.replace(bareName, (found, verb: string, name: string) =>
    fileEnding.test(name) ? found : `${verb} https://${name}`,
  );
}

export function withoutAddresses(text: string): string {
  return text.replace(withScheme, " ").replace(/\s+/g, " ").trim();
}
