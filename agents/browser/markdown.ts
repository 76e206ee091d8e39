import TurndownService from "turndown";
import { strikethrough, taskListItems } from "turndown-plugin-gfm";
import { addTableRules } from "#/agents/browser/markdown-tables.ts";

const turndown = new TurndownService({
  headingStyle: "atx",
  codeBlockStyle: "fenced",
  bulletListMarker: "-",
  emDelimiter: "*",
});
turndown.use([strikethrough, taskListItems, addTableRules]);
turndown.remove(["script", "style", "noscript", "iframe", "object"]);
// A picture cannot be read; its address would only be something to load from a stranger's server.
turndown.addRule("picture", { filter: "img", replacement: (_, node) => alternative(node) });
turndown.addRule("bare anchor", { filter: isBareAnchor, replacement: (content) => content });

/** A piece of HTML as Markdown, without pictures and without links that run code. */
export function toMarkdown(html: string): string {
  return turndown
    .turndown(html)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function alternative(node: TurndownService.Node): string {
  return "getAttribute" in node ? (node.getAttribute("alt") ?? "").replace(/\s+/g, " ").trim() : "";
}

function isBareAnchor(node: HTMLElement): boolean {
  return node.nodeName === "A" && !/^https?:/i.test(node.getAttribute("href") ?? "");
}
