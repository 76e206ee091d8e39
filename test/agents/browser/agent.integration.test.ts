import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type BrowserAgent, createBrowserAgent } from "#/agents/browser/agent.ts";
import { Page, TaskResult } from "#/lib/protocol/result.ts";
import { chromiumProcesses, contextFor, faultOf, resultOf, taskOf } from "#/test/agents/browser/try-browser.ts";
import { FakeBoard } from "#/test/agents/knowledge/fake-board.ts";
import { fakeNetwork, type Route, type Site, startSite } from "#/test/support/site.ts";

const article = `<title>Blue widgets</title>
  <nav><a href="/about">About</a> <a href="#top">Top</a> <a href="mailto:a@b.example">Mail</a></nav>
  <article><h1>Blue widgets</h1>
  <p>Our blue widgets have been made by hand in a small workshop by the sea since 1953, one after the other.</p>
  <p>Every widget carries a guarantee of ten years, and we repair it free of charge as long as it lasts at all.</p>
  <p>Read <a href="/care">how to care for it</a>, or <a href="javascript:alert(1)">run this</a>.</p>
  <h2>Prices</h2>
  <table><tr><th>Size</th><th>Price</th></tr><tr><td>Small</td><td>5 EUR</td></tr><tr><td>Large</td><td>9 EUR</td></tr></table>
  </article>`;

const routes: Record<string, Route> = {
  "/": article,
  "/moved": { status: 302, headers: { Location: "/moved-again" } },
  "/moved-again": { status: 307, headers: { Location: "/" } },
  "/loop": { status: 302, headers: { Location: "/loop" } },
  "/to-file": { status: 302, headers: { Location: "file:///etc/hostname" } },
  "/missing": { status: 404, body: "<title>Nothing here</title><p>We looked everywhere and found no such page.</p>" },
  "/empty-500": { status: 500 },
  "/204": { status: 204 },
  "/scripted": `<title>...</title><p id=p>Wait</p><script>
    setTimeout(() => { document.title = "Ready"; p.textContent = "The script has written this sentence." }, 300)</script>`,
  "/moves-on": `<p>old</p><script>location.replace("/")</script>`,
  "/refreshes": { headers: { Refresh: "0; url=/" }, body: "<p>old</p>" },
  "/data.json": { headers: { "Content-Type": "application/json" }, body: '{"answer": 42}' },
  "/data.csv": {
    headers: {
      "Content-Type": "text/csv",
      "Content-Disposition": 'attachment; filename="data.csv"',
      "Content-Encoding": "gzip",
    },
    body: gzipSync("size,price\nsmall,5\n"),
  },
  "/latin": { headers: { "Content-Type": "text/plain; charset=iso-8859-1" }, body: Buffer.from("Caf\xe9", "latin1") },
  "/paper.pdf": { headers: { "Content-Type": "application/pdf" }, body: "%PDF-1.4" },
  "/pixel.png": { headers: { "Content-Type": "image/png" }, body: "x" },
  "/archive.zip": { headers: { "Content-Type": "application/zip" }, body: "PK" },
  "/page-to-save": { headers: { "Content-Disposition": "attachment" }, body: "<p>save me" },
  "/starts-download": `${article}<script>location = "/archive.zip"</script>`,
  "/long": `<title>Long</title><p>${"ä long sentence without an end, ".repeat(20_000)}</p>`,
  "/cookie": (request, response) => {
    response.setHeader("Set-Cookie", "seen=1");
    response.setHeader("Content-Type", "text/html");
    response.end(`<p>The cookie header of this visitor is ${request.headers.cookie ?? "empty"}.</p>`);
  },
};

let site: Site;
let agent: BrowserAgent;
beforeAll(async () => {
  site = await startSite(routes);
  const hosts = {
    "shop.example": { addresses: ["93.184.216.34"], port: site.port },
    "closed.example": { addresses: ["93.184.216.35"], port: 1 },
  };
  agent = createBrowserAgent({ allowHosts: [], network: fakeNetwork(hosts) });
});
afterEach(() => {
  site.hits.length = 0;
});
afterAll(async () => {
  await agent.close();
  await site.close();
});

const execute = (task: string, input?: Record<string, unknown>) => resultOf(agent, taskOf(task, input), contextFor());

async function pageAt(path: string): Promise<Page> {
  const result = await execute(`Open http://shop.example${path}`);
  return Page.parse(result.page);
}

describe("a page", () => {
  test("comes back with title, text, links, quotes, a screenshot, and word of what was done", async () => {
    const context = contextFor();
    const result = await resultOf(agent, taskOf("Open http://shop.example/. Which guarantee is given?"), context);
    expect(TaskResult.parse(result)).toEqual(result);
    expect(result.page).toMatchObject({
      title: "Blue widgets",
      requestedUrl: "http://shop.example/",
      finalUrl: "http://shop.example/",
      status: 200,
      truncated: false,
      tables: [],
      links: [
        { text: "About", url: "http://shop.example/about" },
        { text: "how to care for it", url: "http://shop.example/care" },
      ],
    });
    expect(result.page?.text).toContain("Read [how to care for it](http://shop.example/care), or run this.");
    expect(result.text).toMatch(/^\*\*Blue widgets\*\*\nhttp:\/\/shop\.example\/\n\nOur blue widgets/);
    expect(context.told).toEqual(["Opening shop.example", "Reading the page", "Taking a screenshot"]);
    const picture = Buffer.from(context.stored[0]?.body ?? []);
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1_280, 800]);
    expect(result.artifacts).toMatchObject([{ kind: "screenshot", mediaType: "image/png" }]);
  });

  test("is told of on the board where the task asks for it, with its address", async () => {
    const board = new FakeBoard();
    const task = taskOf("Open http://shop.example/. Which guarantee is given?", { board: true });
    await board.during("t1", (own) => resultOf(agent, task, { ...contextFor().context, board: own }));
    expect(board.notes.map(({ kind, text, source }) => [kind, text, source])).toEqual([
      ["fact", 'The page at http://shop.example/ is titled "Blue widgets".', "http://shop.example/"],
      ["fact", expect.stringContaining("a guarantee of ten years"), "http://shop.example/"],
    ]);
  });

  test("is quoted letter by letter, where it speaks of what the task asks", async () => {
    const result = await execute("Open http://shop.example/. Which guarantee is given?");
    expect(result.evidence.map(({ quote }) => quote)).toEqual([
      "Blue widgets",
      "Every widget carries a guarantee of ten years, and we repair it free of charge as long as it lasts at all.",
    ]);
    for (const { quote, source } of result.evidence) {
      expect(result.page?.text).toContain(quote);
      expect(source).toEqual({
        title: "Blue widgets",
        heading: [],
        url: "http://shop.example/",
        origin: "http://shop.example/",
      });
    }
  });

  test("gives its tables when the task asks for them", async () => {
    const expected = [
      {
        caption: "Prices",
        rows: [
          ["Size", "Price"],
          ["Small", "5 EUR"],
          ["Large", "9 EUR"],
        ],
      },
    ];
    expect((await execute("What are the prices at http://shop.example/ ?")).page?.tables).toEqual(expected);
    expect((await execute("Read it", { url: "http://shop.example/", tables: true })).page?.tables).toEqual(expected);
  });

  test("is named by where redirects led", async () => {
    const result = await execute("Read http://shop.example/moved");
    expect(result.page).toMatchObject({
      requestedUrl: "http://shop.example/moved",
      finalUrl: "http://shop.example/",
      status: 200,
    });
    expect(result.evidence[0]?.source.url).toBe("http://shop.example/");
  });

  test.each(["/moves-on", "/refreshes"])("is the one that %s goes on to by itself", async (path) => {
    expect(await pageAt(path)).toMatchObject({ finalUrl: "http://shop.example/", title: "Blue widgets" });
  });

  test("is read after its scripts ran", async () => {
    expect(await pageAt("/scripted")).toMatchObject({
      title: "Ready",
      text: expect.stringContaining("The script has written this sentence."),
    });
  });

  test("stays when a script starts a download", async () => {
    expect(await pageAt("/starts-download")).toMatchObject({ title: "Blue widgets", status: 200 });
  });

  test("is cut at 200 KB of whole characters", async () => {
    const page = await pageAt("/long");
    expect(page.truncated).toBe(true);
    expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(200_000);
    expect(Buffer.byteLength(page.text)).toBeGreaterThan(199_990);
    expect(page.text).not.toContain("\ufffd");
  });

  test("never sees what another visit left behind", async () => {
    expect((await pageAt("/cookie")).text).toContain("visitor is empty");
    expect((await pageAt("/cookie")).text).toContain("visitor is empty");
  });
});

describe("an answer that is an error", () => {
  test("is a result with its status", async () => {
    const result = await execute("Open http://shop.example/missing");
    expect(result.page).toMatchObject({ status: 404, title: "Nothing here" });
    expect(result.text).toContain("(the site answered 404)");
    expect(result.evidence.length).toBeGreaterThan(0);
  });

  test.each([
    ["/empty-500", 500],
    ["/204", 204],
  ])("is a result even when %s has no content", async (path, status) => {
    expect(await pageAt(path)).toMatchObject({ status, text: "", finalUrl: `http://shop.example${path}` });
  });
});

describe("what is not HTML", () => {
  test.each([
    ["/data.json", '{"answer": 42}'],
    ["/data.csv", "size,price\nsmall,5\n"],
    ["/latin", "Café"],
  ])("%s is read as text", async (path, text) => {
    const page = await pageAt(path);
    expect(page).toMatchObject({ text, status: 200, title: path.slice(1), finalUrl: `http://shop.example${path}` });
  });

  test.each([
    ["/paper.pdf", "a PDF document"],
    ["/pixel.png", "an image (image/png)"],
    ["/archive.zip", "application/zip"],
    ["/page-to-save", "text/html"],
  ])("%s is refused by name", async (path, name) => {
    const fault = await faultOf(execute(`Open http://shop.example${path}`));
    expect(fault).toMatchObject({
      code: "unsupported-content",
      retryable: false,
      message: expect.stringContaining(name),
    });
  });
});

describe("a page that cannot be had", () => {
  test.each([
    ["http://nowhere.example/", "host-not-found", false, "nowhere.example could not be found"],
    ["https://nowhere.example/", "host-not-found", false, "nowhere.example could not be found"],
    ["http://closed.example/", "page-unreachable", true, "closed.example could not be reached"],
    ["https://closed.example/", "page-unreachable", true, "closed.example could not be reached"],
    ["https://shop.example/", "page-unreachable", false, "secure connection could not be made"],
    ["http://shop.example/loop", "page-unreachable", false, "redirects without end"],
    ["http://shop.example/to-file", "page-unreachable", false, "not http or https"],
  ])("%s is an error in plain words", async (url, code, retryable, words) => {
    const fault = await faultOf(execute(`Open ${url}`));
    expect(fault).toMatchObject({ code, retryable, message: expect.stringContaining(words) });
  });
});

describe("the browser", () => {
  test("is one for several pages at once, and none remains when it was closed", async () => {
    await Promise.all([pageAt("/"), pageAt("/missing"), pageAt("/data.json")]);
    expect(chromiumProcesses()).toHaveLength(1);
    await agent.close();
    expect(chromiumProcesses()).toEqual([]);
    expect(await pageAt("/")).toMatchObject({ status: 200 });
  });
});
