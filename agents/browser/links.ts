import type { Link } from "#/lib/protocol/result.ts";

const maxLinks = 200;
const maxUrlChars = 1_000;
const maxTextChars = 200;

/** The http(s) links of a document in its order, each address once; those within the page and overlong ones are left out. */
export function collectLinks(document: Document, base: string): Link[] {
  const links = new Map<string, Link>();
  for (const anchor of document.querySelectorAll("a[href]")) {
    const url = URL.parse(anchor.getAttribute("href") ?? "", base);
    if (!url || !isWorthListing(url, base) || links.has(url.href)) continue;
    const text = oneLine(anchor.textContent || anchor.getAttribute("aria-label") || "").slice(0, maxTextChars);
    links.set(url.href, { text, url: url.href });
    if (links.size === maxLinks) break;
  }
  return [...links.values()];
}

function isWorthListing(url: URL, base: string): boolean {
  if (url.protocol !== "http:" && url.protocol !== "https:") return false;
  return url.href.length <= maxUrlChars && !(url.hash !== "" && withoutHash(url.href) === withoutHash(base));
}

function withoutHash(url: string): string {
  return url.replace(/#.*$/s, "");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
