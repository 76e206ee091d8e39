import { describe, expect, test } from "vitest";
import { readHtml } from "#/agents/browser/reading.ts";

const read = (html: string, visibleText = "", url = "https://example.com/dir/page") =>
  readHtml({ html, url, visibleText, tables: true });
const prose =
  "This paragraph is long enough for an article, with several clauses, commas, and one thought after the other. ".repeat(
    4,
  );

describe("text", () => {
  test("is the article, where a page has one", () => {
    const { markdown } = read(
      `<nav>Menu Menu</nav><article><h1>Heading</h1><p>${prose}</p><p>${prose}</p></article><footer>Imprint</footer>`,
      prose,
    );
    expect(markdown).toContain("This paragraph is long enough");
    expect(markdown).not.toMatch(/Menu|Imprint/);
  });

  test("is the page without its menus, where it has none", () => {
    const { markdown } = read(
      "<nav>Menu</nav><h1>Shop</h1><ul><li>One</li><li><b>Two</b></li></ul><footer>Imprint</footer>",
    );
    expect(markdown).toMatch(/^# Shop\n\n-\s+One\n-\s+\*\*Two\*\*$/);
  });

  test("is the whole page when the article is a scrap of what a person sees", () => {
    const items = Array.from(
      { length: 60 },
      (_, i) => `<div><span>Product number ${i} costs ${i} euros</span></div>`,
    ).join("");
    const { markdown } = read(
      `<article><p>${prose}</p></article><section>${items}</section>`,
      "Product number costs euros ".repeat(200),
    );
    expect(markdown).toContain("Product number 59 costs 59 euros");
  });

  test("has no scripts, styles, hidden parts, pictures or addresses that run code", () => {
    const { markdown } = read(
      `<style>p{}</style><script>x()</script><p hidden>secret</p><p aria-hidden=true>secret</p><p>See <a href="javascript:x()">this</a>
       <img src="https://tracker.example/p.gif" alt="a chart"></p>`,
    );
    expect(markdown).toBe("See this a chart");
  });

  test("writes tables, code and links as Markdown", () => {
    const { markdown } = read(
      `<table><tr><th>A</th></tr><tr><td>1</td></tr></table><pre><code>x = 1</code></pre><a href="../up">Up</a>`,
    );
    expect(markdown).toContain("| A |\n| --- |\n| 1 |");
    expect(markdown).toContain("```\nx = 1\n```");
    expect(markdown).toContain("[Up](https://example.com/up)");
  });

  test("writes tables as Markdown in every shape that pages give them", () => {
    const { markdown } = read(`<table><caption>Sizes</caption><thead><tr><td>A</td><td>B | C</td></tr></thead>
      <tr><td><p>one</p><p>two</p></td><td></td></tr></table><hr>
      <table><tr><td>1</td><td>2</td></tr></table><hr>
      <table><tr><td>menu<table><tr><td>x</td><td>y</td></tr></table></td></tr></table><hr>
      <table><tr><td>alone</td></tr></table><table></table>`);
    expect(markdown.split("\n\n* * *\n\n")).toEqual([
      "Sizes\n\n| A | B \\| C |\n| --- | --- |\n| one two |  |",
      "|  |  |\n| --- | --- |\n| 1 | 2 |",
      "menu\n\n|  |  |\n| --- | --- |\n| x | y |",
      "alone",
    ]);
  });

  test.each(["", "<", "<frameset><frame src=x></frameset>", "<html></html>", "\u0000", "just text"])(
    "of %j is no trouble",
    (html) => {
      expect(read(html).links).toEqual([]);
    },
  );
});

describe("links", () => {
  test("are absolute, once each, http(s) only, and lead off the page", () => {
    const { links } = read(
      `<base href="https://base.example/x/"><a href="a"> A
       thing </a><a href="a">again</a><a href="#here">here</a><a href="mailto:x@y">mail</a><a href="http://[bad">bad</a><a href="//cdn.example/f">F</a>`,
    );
    expect(links).toEqual(
      [
        { text: "A thing", url: "https://base.example/x/a" },
        { text: "here", url: "https://base.example/x/#here" },
        { text: "F", url: "https://cdn.example/f" },
      ].filter(({ text }) => text !== "here"),
    );
  });

  test("are at most 200, and none is overlong", () => {
    const many = Array.from({ length: 300 }, (_, i) => `<a href="/${i}">${i}</a>`).join("");
    expect(read(`<a href="/${"x".repeat(2_000)}">long</a>${many}`).links).toHaveLength(200);
  });
});

describe("tables", () => {
  test("give every row its values under the right heading", () => {
    const { tables } = read(`<h2>Plans</h2><div><table>
      <tr><th>Plan</th><th colspan=2>Price</th></tr>
      <tr><td rowspan=2>Basic</td><td>1</td><td>2</td></tr>
      <tr><td>3</td><td>4</td></tr></table></div>`);
    expect(tables).toEqual([
      {
        caption: "Plans",
        rows: [
          ["Plan", "Price", "Price"],
          ["Basic", "1", "2"],
          ["Basic", "3", "4"],
        ],
      },
    ]);
  });

  test("are named by their caption before any heading", () => {
    expect(
      read("<h2>Plans</h2><table><caption>All plans</caption><tr><td>a</td><td>b</td></tr></table>").tables[0]?.caption,
    ).toBe("All plans");
  });

  test("that only lay out other tables are left out, and so are empty ones", () => {
    const { tables } = read(
      "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table><table></table>",
    );
    expect(tables.map(({ rows }) => rows)).toEqual([[["a", "b"]]]);
  });

  test("are limited in number, rows, columns and spans", () => {
    const rows = "<tr><td>1</td><td>2</td></tr>".repeat(300);
    const wide = `<tr>${"<td>x</td>".repeat(100)}</tr><tr><td colspan=1000000 rowspan=1000000>y</td></tr>`;
    const { tables } = read(`<table>${wide}</table>${`<table>${rows}</table>`.repeat(25)}`);
    expect(tables).toHaveLength(20);
    expect(tables[0]?.rows.map((row) => row.length)).toEqual([40, 40]);
    expect(tables[1]?.rows).toHaveLength(200);
  });

  test("are left alone when nobody asks", () => {
    expect(
      readHtml({
        html: "<table><tr><td>a</td><td>b</td></tr></table>",
        url: "https://example.com/",
        visibleText: "",
        tables: false,
      }).tables,
    ).toEqual([]);
  });
});
