import { describe, expect, test } from "vitest";
import { countWords } from "#/lib/documents/blocks.ts";
import { MAX_DOCUMENT_BYTES, readDocument, refusalOf } from "#/lib/documents/read-document.ts";

const markdown = (content: string, origin = "docs/leases.md") =>
  readDocument({ origin, mediaType: "text/markdown", content });
const mdx = (content: string) => readDocument({ origin: "docs/page.mdx", mediaType: "text/mdx", content });
const words = (count: number, word = "word") =>
  Array.from({ length: count }, (_, index) => `${word}${index}`).join(" ");
const sections = (count: number, size: number) =>
  Array.from({ length: count }, (_, index) => `## Part ${index}\n\n${words(size, `p${index}x`)}.`).join("\n\n");

describe("the title", () => {
  test("is the one of the front matter, then the first heading, then the file's name", () => {
    expect(markdown('---\ntitle: "How leases work"\n---\n\n# Leases\n\nText.').title).toBe("How leases work");
    expect(markdown("Intro.\n\n# `Leases` of [workers](x.md)\n\nText.").title).toBe("Leases of workers");
    expect(markdown("Just text.").title).toBe("leases.md");
  });
});

describe("passages", () => {
  test("carry the headings above them, without the one that repeats the title", () => {
    const { passages } = markdown(`# Leases\n\n${words(130)}\n\n## Renewal\n\n### Clock\n\n${words(200)}`);
    expect(passages.map((passage) => passage.heading)).toEqual([[], ["Renewal", "Clock"]]);
    expect(passages[1]?.text).toMatch(/^## Renewal\n\n### Clock\n\nword0 /);
  });

  test("are 120 to 350 words where the document allows it", () => {
    const { passages } = markdown(`# Guide\n\n${sections(12, 60)}\n\n${sections(4, 300)}`);
    const sizes = passages.map((passage) => countWords(passage.text));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(350);
    expect(sizes.filter((size) => size < 120).length).toBeLessThanOrEqual(1);
  });

  test("lose no word and keep the order", () => {
    const content = `# Guide\n\n${sections(9, 170)}\n\n- one\n- two\n\n> quoted\n\nlast words`;
    const text = markdown(content)
      .passages.map((passage) => passage.text)
      .join("\n\n");
    expect(text.split(/\s+/)).toEqual(content.split(/\s+/));
  });

  test("are the source as it was written", () => {
    const content =
      "# A\n\nSome *text* with `code`,\n  and a [link](https://x.example).\n\n* item\n* item two\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    expect(markdown(content).passages).toEqual([{ heading: [], text: content }]);
  });

  test("hold a block of code whole, up to 600 words, with the sentence that announces it", () => {
    const code = `\`\`\`ts\n${Array.from({ length: 90 }, (_, line) => `const value${line} = read(${line});`).join("\n")}\n\`\`\``;
    const { passages } = markdown(`# A\n\n${words(300)}\n\nRead it like this:\n\n${code}\n\nAfter.`);
    const holder = passages.find((passage) => passage.text.includes("value0"));
    expect(holder?.text).toContain(code);
    expect(holder?.text).toMatch(/^Read it like this:/);
  });

  test("cut larger code at a line's end and fence each piece", () => {
    const lines = Array.from({ length: 400 }, (_, line) => `const value${line} = await read(${line}, options);`);
    const { passages } = markdown(`\`\`\`ts\n${lines.join("\n")}\n\`\`\``);
    expect(passages.length).toBeGreaterThan(2);
    for (const { text } of passages) expect(text).toMatch(/^```ts\nconst [\s\S]*;\n```$/);
    expect(passages.flatMap(({ text }) => text.split("\n").slice(1, -1))).toEqual(lines);
  });

  test("cut a larger table between rows and repeat its header", () => {
    const rows = Array.from({ length: 500 }, (_, row) => `| name ${row} | what it does | and why |`);
    const { passages } = markdown(`| name | does | why |\n| --- | --- | --- |\n${rows.join("\n")}`);
    expect(passages.length).toBeGreaterThan(2);
    for (const { text } of passages)
      expect(text.startsWith("| name | does | why |\n| --- | --- | --- |\n| name ")).toBe(true);
    expect(passages.flatMap(({ text }) => text.split("\n").slice(2))).toEqual(rows);
  });

  test("stay small where a text has neither blanks nor line ends", () => {
    const { passages } = markdown("x".repeat(300_000));
    expect(passages.length).toBeGreaterThan(10);
    expect(Math.max(...passages.map((passage) => passage.text.length))).toBeLessThan(12_000);
  });

  test("take no heading from code", () => {
    const { passages } = markdown(`# A\n\n\`\`\`sh\n# not a heading\necho\n\`\`\`\n\n${words(20)}`);
    expect(passages).toHaveLength(1);
    expect(passages[0]?.heading).toEqual([]);
  });
});

describe("MDX", () => {
  test("loses imports, tags and comments, and keeps what stands between the tags", () => {
    const { passages } = mdx(
      'import { Note } from "./note";\nexport const a = 1;\n\n# Page\n\n<Note type="warning">\n  Mind the *gap*.\n</Note>\n\n{/* hidden */}\n\n<Tabs\n  items={[">", "b"]}\n>\n<Tab>Inside.</Tab>\n</Tabs>\n\nAn `Array<String>` stays.\n',
    );
    const text = passages.map((passage) => passage.text).join("\n");
    expect(text).toContain("Mind the *gap*.");
    expect(text).toContain("Inside.");
    expect(text).toContain("An `Array<String>` stays.");
    expect(text).not.toMatch(/import|export|<Note|<Tab|hidden|items/);
  });

  test("keeps tags and imports inside of code", () => {
    const code = "```tsx\nimport x from 'x';\n\n<Note>shown</Note>\n```";
    expect(mdx(`# A\n\n${code}`).passages[0]?.text).toContain(code);
  });

  test("turns a table of properties into text with the descriptions as they were written", () => {
    const { passages } = mdx(
      "# `f()`\n\n<PropertiesTable\n  content={[\n    {\n      name: 'onError',\n      type: '(event: { error: unknown }) => void',\n      isOptional: true,\n      description:\n        'Callback that is called when an error occurs. It isn\\'t awaited.',\n    },\n  ]}\n/>\n\nAfter.",
    );
    expect(passages[0]?.text).toContain(
      "**`onError`**: `(event: { error: unknown }) => void`\n\nCallback that is called when an error occurs. It isn't awaited.",
    );
    expect(passages[0]?.text).toContain("After.");
  });
});

describe("hostile input", () => {
  test.each([
    ["emphasis that never closes", "*a_ ".repeat(250_000)],
    ["brackets", "[".repeat(1_000_000)],
    ["tags that never end", "<A\n".repeat(100_000)],
    ["quotes in quotes", `${">".repeat(20_000)} x`],
    ["lists in lists", Array.from({ length: 2_000 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n")],
    ["one paragraph", "a line of it\n".repeat(100_000)],
    ["fences", "```\n".repeat(100_000)],
  ])("%s takes no more than a few seconds", { timeout: 15_000 }, (_, content) => {
    expect(mdx(content).passages.length).toBeGreaterThan(0);
  });
});

describe("plain text and HTML", () => {
  test("plain text is cut at its paragraphs and keeps marks that Markdown would read", () => {
    const content = `# not a heading\n\n* not a list\n\n${words(400)}\n\nend`;
    const { title, passages } = readDocument({ origin: "a/b/notes.txt", mediaType: "text/plain", content });
    expect(title).toBe("notes.txt");
    expect(passages[0]?.heading).toEqual([]);
    expect(passages.map((passage) => passage.text).join("\n\n")).toContain("# not a heading\n\n* not a list");
  });

  test("HTML goes the way of Markdown", () => {
    const content = `<html><head><title>Leases</title></head><body><h1>Leases</h1><p>${words(130)}</p><h2>Renewal</h2><p>${words(140)}</p></body></html>`;
    const { title, passages } = readDocument({ origin: "a.html", mediaType: "text/html", content });
    expect(title).toBe("Leases");
    expect(passages.at(-1)?.heading).toEqual(["Renewal"]);
  });
});

describe("what cannot be ingested", () => {
  const document = { origin: "a.md", mediaType: "text/markdown", content: "text" };
  test("is refused with the reason", () => {
    expect(refusalOf(document)).toBeNull();
    expect(refusalOf({ ...document, content: "a\u0000b" })).toMatch(/binary/);
    expect(refusalOf({ ...document, content: "x".repeat(MAX_DOCUMENT_BYTES + 1) })).toMatch(/10\.0 MB, at most 10 MB/);
    expect(refusalOf({ ...document, origin: "a.pdf", mediaType: "application/pdf" })).toMatch(/application\/pdf/);
  });
});
