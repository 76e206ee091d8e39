import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import TurndownService from "turndown";
import { gfm } from "turndown-plugin-gfm";

/** What is never part of what a page says. */
const furniture =
  "script, style, noscript, template, svg, canvas, iframe, object, form, nav, header nav, footer, aside, dialog";

/** An article must hold this share of the page's text to stand for it; pages of lists and tables have no article. */
const ARTICLE_SHARE = 0.75;

/** Larger pages are not searched for their article: finding it takes seconds there. */
const MAX_ARTICLE_CHARACTERS = 1024 * 1024;

/** The readable part of an HTML page as Markdown (GFM): its article, else its body without navigation. Runs no scripts. */
export function htmlToMarkdown(html: string, url?: string): { title: string; markdown: string } {
  if (isTooDeep(html)) return { title: "", markdown: textOf(html) };
  const { document } = parseHTML(wrapped(html));
  for (const element of document.querySelectorAll(furniture)) element.remove();
  const title = titleOf(document);
  giveTablesHeaders(document);
  resolveAddresses(document, url);
  const body = document.body?.innerHTML ?? "";
  const markdown = converter().turndown(articleOf(document, html.length) ?? body);
  return { title, markdown };
}

/** The readers of trees call themselves for each level: a page nested this deep is none that a person wrote. */
const MAX_DEPTH = 250;
const neverClosed =
  /^(?:p|li|td|th|tr|dt|dd|option|area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i;

function isTooDeep(html: string): boolean {
  let depth = 0;
  for (const [, close, name = ""] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (neverClosed.test(name)) continue;
    depth = Math.max(0, depth + (close ? -1 : 1));
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function textOf(html: string): string {
  return html
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/gi, " ")
    .replaceAll(/<[^<>]*>/g, "\n")
    .replaceAll(/\n\s*\n/g, "\n\n");
}

/** Fragments are pages, too. */
function wrapped(html: string): string {
  return /<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`;
}

function titleOf(document: Document): string {
  const heading = document.querySelector("h1")?.textContent ?? "";
  const title = document.querySelector("title")?.textContent ?? "";
  return (title.trim() || heading.trim()).replaceAll(/\s+/g, " ");
}

/** Changes the document. Null when it has no article worth the name. */
function articleOf(document: Document, characters: number): string | null {
  if (characters > MAX_ARTICLE_CHARACTERS) return null;
  const whole = document.body?.textContent?.trim().length ?? 0;
  const article = new Readability(document, { disableJSONLD: true }).parse();
  const enough = (article?.textContent?.trim().length ?? 0) >= whole * ARTICLE_SHARE;
  return enough ? (article?.content ?? null) : null;
}

/** GFM has no tables without a header; the first row is taken for it, else the table would stay HTML. */
function giveTablesHeaders(document: Document): void {
  for (const table of document.querySelectorAll("table")) {
    if (table.querySelector("th")) continue;
    for (const cell of table.querySelector("tr")?.querySelectorAll("td") ?? []) {
      const header = document.createElement("th");
      header.innerHTML = cell.innerHTML;
      cell.replaceWith(header);
    }
  }
}

function resolveAddresses(document: Document, url: string | undefined): void {
  for (const [selector, name] of [
    ["a[href]", "href"],
    ["img[src]", "src"],
  ] as const) {
    for (const element of document.querySelectorAll(selector)) {
      const written = element.getAttribute(name) ?? "";
      const resolved = URL.parse(written, url);
      if (resolved && /^https?:$/.test(resolved.protocol)) element.setAttribute(name, resolved.href);
      else if (/^\s*[a-z][a-z0-9+.-]*:/i.test(written) && !/^mailto:/i.test(written)) element.removeAttribute(name);
    }
  }
}

function converter(): TurndownService {
  const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
  return service.use(gfm);
}
