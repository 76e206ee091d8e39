import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import { collectLinks } from "#/agents/browser/links.ts";
import { toMarkdown } from "#/agents/browser/markdown.ts";
import { collectTables } from "#/agents/browser/tables.ts";
import type { Link, Table } from "#/lib/protocol/result.ts";

export type ReadingInput = {
  readonly html: string;
  readonly url: string;
  /** What a person sees of the page, to tell whether the article that was found is most of it. */
  readonly visibleText: string;
  readonly tables: boolean;
};

export type Reading = { readonly markdown: string; readonly links: Link[]; readonly tables: Table[] };

const clutter =
  "script, style, noscript, template, svg, canvas, iframe, frameset, object, embed, link, meta, [hidden], [aria-hidden=true]";
const furniture = "nav, header, footer, aside, form, button, select, input, textarea, dialog";

/**
 * The readable part of a page as Markdown, its links and its tables. Where no article is found, or only a scrap of what
 * a person sees, it is the whole page without its navigation. Synchronous and slow for large pages: see readInThread.
 */
export function readHtml({ html, url, visibleText, tables }: ReadingInput): Reading {
  const document = parse(html);
  removeAll(document, clutter);
  const base = makeAbsolute(document, url);
  const links = collectLinks(document, base);
  const found = tables ? collectTables(document) : [];
  const markdown = toMarkdown(article(html, base, visibleText) ?? remainder(document));
  return { markdown, links, tables: found };
}

/** Readability changes the document that it reads, so it is given one of its own. */
function article(html: string, base: string, visibleText: string): string | null {
  const document = parse(html);
  if (!document.body) return null;
  makeAbsolute(document, base);
  const parsed = new Readability(document).parse();
  const length = parsed?.textContent?.trim().length ?? 0;
  const isMost = length >= 200 && length >= visibleText.trim().length * 0.3;
  return isMost ? (parsed?.content ?? null) : null;
}

/** The parser makes no html and body elements of its own, as a browser does. */
function parse(html: string): Document {
  const whole = /<html[\s>]/i.test(html) ? html : `<html><head></head><body>${html}</body></html>`;
  return parseHTML(whole).document;
}

function remainder(document: Document): string {
  removeAll(document, furniture);
  return document.body?.innerHTML ?? "";
}

function removeAll(document: Document, selector: string): void {
  for (const element of document.querySelectorAll(selector)) element.remove();
}

/** Rewrites every link to a full address and returns what relative ones were resolved against. */
function makeAbsolute(document: Document, url: string): string {
  const written = document.querySelector("base[href]")?.getAttribute("href") ?? url;
  const base = URL.canParse(written, url) ? new URL(written, url).href : url;
  for (const anchor of document.querySelectorAll("a[href]")) {
    const href = anchor.getAttribute("href") ?? "";
    if (URL.canParse(href, base)) anchor.setAttribute("href", new URL(href, base).href);
    else anchor.removeAttribute("href");
  }
  return base;
}
