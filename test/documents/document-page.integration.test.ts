import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import DocumentPage, { generateMetadata } from "#/app/documents/[id]/page.tsx";
import { ingest } from "#/lib/documents/ingest.ts";
import { searchPassages } from "#/lib/documents/search.ts";
import { DatabaseWatch } from "#/lib/run/database-watch.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { type FreshDatabase, freshDatabase } from "#/test/support/database.ts";

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = openStore(database.url);
  (globalThis as { deputyContext?: unknown }).deputyContext = { store, database: new DatabaseWatch(store) };
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

async function pageOf(origin: string, mediaType: string, content: string, query: string) {
  await ingest({ store }, { documents: [{ origin, mediaType, content }] });
  const [found] = await searchPassages({ store }, query, 1);
  const params = Promise.resolve({ id: found?.documentId ?? "" });
  return { html: renderToStaticMarkup(await DocumentPage({ params })), params, ordinal: found?.ordinal };
}

describe("the page of a document", () => {
  test("shows title, origin and each passage under the number that citations use", async () => {
    const content = `# Leases\n\nIntro ${"word ".repeat(200)}\n\n## Renewal\n\nThe *pangolin* clause ${"word ".repeat(200)}`;
    const { html, params, ordinal } = await pageOf("docs/leases.md", "text/markdown", content, "pangolin");
    expect(html).toContain("<h1");
    expect(html).toContain("docs/leases.md");
    expect(html).toMatch(new RegExp(`id="passage-${ordinal}"[^]*<em>pangolin</em>`));
    expect(ordinal).toBe(1);
    expect((await generateMetadata({ params })).title).toBe("Leases");
  });

  test("runs and loads nothing that the document asks for", async () => {
    const content = [
      "# Okapi",
      "<script>alert(1)</script> <img src=x onerror=alert(2)>",
      "![picture](https://tracker.example/p.png) [bad](javascript:alert(3)) [away](https://fine.example/) [near](/admin)",
    ].join("\n\n");
    const { html } = await pageOf("docs/okapi.md", "text/markdown", content, "okapi");
    expect(html).not.toMatch(/<script|<img|javascript:|href="\/admin"/);
    expect(html).toContain('href="https://tracker.example/p.png"');
    expect(html).toMatch(/<a href="https:\/\/fine\.example\/"[^>]*rel="noopener noreferrer"/);
  });

  test("shows plain text as it was written", async () => {
    const { html } = await pageOf("docs/narwhal.txt", "text/plain", "# narwhal\n\n* <b>no</b> list", "narwhal");
    expect(html).toContain("# narwhal\n\n* &lt;b&gt;no&lt;/b&gt; list");
  });

  test("is not found for an unknown id and for what is no id", async () => {
    for (const id of ["00000000-0000-4000-8000-000000000000", "nonsense", "../etc"]) {
      await expect(DocumentPage({ params: Promise.resolve({ id }) })).rejects.toThrow(
        /NEXT_HTTP_ERROR_FALLBACK;404|NEXT_NOT_FOUND/,
      );
    }
  });
});
