import { describe, expect, test } from "vitest";
import { htmlToMarkdown } from "#/lib/documents/html-to-markdown.ts";

const sentence =
  "A worker renews its lease every second by the clock of the database, so that a busy loop does not lose it.";
const article = (more = "") => `<article><h1>Leases</h1>${`<p>${sentence}</p>`.repeat(12)}${more}</article>`;

describe("a page as Markdown", () => {
  test("is its article, without navigation, scripts and footer", () => {
    const { title, markdown } = htmlToMarkdown(
      `<html><head><title>Leases &amp; fences</title><script>var secret = 1</script></head><body><nav><a href="/">Home</a></nav>${article()}<footer>Imprint</footer></body></html>`,
    );
    expect(title).toBe("Leases & fences");
    expect(markdown).toContain(sentence);
    expect(markdown).not.toMatch(/Home|Imprint|secret/);
  });

  test("is the whole body where there is no article", () => {
    const { markdown } = htmlToMarkdown("<ul><li>alpha</li><li>beta</li></ul>");
    expect(markdown).toMatch(/-\s+alpha\n-\s+beta/);
  });

  test("keeps code, tables and headings", () => {
    const { markdown } = htmlToMarkdown(
      article(
        "<h2>States</h2><table><tr><td>State</td><td>Meaning</td></tr><tr><td>held</td><td>renewed</td></tr></table><pre><code>const a = 1 &lt; 2;\nclaim(a);</code></pre>",
      ),
    );
    expect(markdown).toContain("## States");
    expect(markdown).toContain("| State | Meaning |\n| --- | --- |\n| held | renewed |");
    expect(markdown).toContain("```\nconst a = 1 < 2;\nclaim(a);\n```");
  });

  test("completes addresses and drops those that would run something", () => {
    const html = article(
      '<p><a href="/clock">clock</a> <a href="javascript:alert(1)">bad</a> <a href="data:text/html,x">data</a></p>',
    );
    const { markdown } = htmlToMarkdown(html, "https://docs.example/guide/");
    expect(markdown).toContain("[clock](https://docs.example/clock)");
    expect(markdown).not.toMatch(/javascript:|data:/);
  });

  test("survives what is no page at all", () => {
    expect(htmlToMarkdown("").markdown).toBe("");
    expect(htmlToMarkdown("<b>Just</b> a < fragment").markdown).toContain("**Just** a");
    expect(htmlToMarkdown(`${"<div>".repeat(50_000)}deep`).markdown).toContain("deep");
  });
});
