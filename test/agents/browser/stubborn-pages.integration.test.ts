import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type BrowserAgent, type BrowserOptions, createBrowserAgent } from "#/agents/browser/agent.ts";
import { chromiumProcesses, contextFor, faultOf, resultOf, taskOf } from "#/test/agents/browser/try-browser.ts";
import { fakeNetwork, type Route, type Site, startSite } from "#/test/support/site.ts";
import { until } from "#/test/support/until.ts";

const routes: Record<string, Route> = {
  "/": "<title>Fine</title><p>This page is as it should be.</p>",
  "/silent": () => {},
  "/spins": "<p>This page never rests.</p><script>while (true);</script>",
  "/alerts": "<p>This page never rests.</p><script>while (true) alert(1)</script>",
  "/one-alert": "<p>This page asks first.</p><script>confirm('Sure?'); alert(1)</script>",
  "/never-idle": "<p>This page never rests.</p><script>setInterval(() => fetch('/x?' + Math.random()), 50)</script>",
  "/popups": "<p>This page opens windows.</p><script>for (let i = 0; i < 300; i++) open('/?' + i)</script>",
  "/deep": `<p>This page is deep.</p>${"<div>".repeat(5_000)}`,
  "/huge": { body: `<p>x</p>${"y".repeat(3_000_000)}` },
  "/drip": (_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.write("<title>Drip</title><p>This sentence has already come.</p>");
    const drip = setInterval(() => response.write("<p>x</p>"), 100);
    response.on("close", () => clearInterval(drip));
  },
};

let site: Site;
let agent: BrowserAgent | undefined;
beforeAll(async () => {
  site = await startSite(routes);
});
afterEach(async () => {
  await agent?.close();
  expect(chromiumProcesses()).toEqual([]);
});
afterAll(() => site.close());

function start(options: BrowserOptions = {}): BrowserAgent {
  const network = fakeNetwork({ "shop.example": { addresses: ["93.184.216.34"], port: site.port } });
  agent = createBrowserAgent({ allowHosts: [], network, ...options });
  return agent;
}

const visit = (from: BrowserAgent, path: string, signal?: AbortSignal) =>
  resultOf(from, taskOf(`Open http://shop.example${path}`), contextFor(signal));

describe("time", () => {
  test.each(["/silent", "/spins", "/alerts"])(
    "a page that never answers costs its time and no more: %s",
    async (path) => {
      const from = start({ pageMs: 4_000 });
      const begun = performance.now();
      expect(await faultOf(visit(from, path))).toMatchObject({ code: "page-timeout", retryable: true });
      expect(performance.now() - begun).toBeLessThan(15_000);
      // Four seconds may be too few for the next one, too, where the machine is busy.
      const fine = async () => (await visit(from, "/")).page?.title === "Fine";
      await until(fine, { what: "the next page to be read", timeoutMs: 30_000 });
    },
  );

  test.each(["/never-idle", "/popups", "/one-alert", "/deep"])(
    "a page that is restless is read all the same: %s",
    async (path) => {
      expect((await visit(start(), path)).page).toMatchObject({
        status: 200,
        text: expect.stringContaining("This page"),
      });
      expect(site.hits.filter((hit) => hit.startsWith("GET /?"))).toEqual([]);
    },
  );

  test("a page that comes drop by drop is read as far as it came", async () => {
    const result = await visit(start({ pageMs: 10_000 }), "/drip");
    expect(result.page).toMatchObject({
      title: "Drip",
      truncated: true,
      text: expect.stringContaining("This sentence has already come."),
    });
  });
});

describe("size", () => {
  test("a page that is too large is an error that says so", async () => {
    const fault = await faultOf(visit(start({ limits: { maxBytes: 1_000_000 } }), "/huge"));
    expect(fault).toMatchObject({ code: "page-too-large", retryable: false, message: expect.stringContaining("1 MB") });
  });
});

describe("stopping", () => {
  test.each(["/silent", "/spins", "/never-idle"])(
    "an aborted task ends at once, and its context within two seconds: %s",
    async (path) => {
      const from = start();
      const abort = new AbortController();
      const running = visit(from, path, abort.signal);
      await until(() => site.hits.includes(`GET ${path}`), { what: "the request" });
      const begun = performance.now();
      abort.abort(new Error("cancelled by the user"));
      await expect(running).rejects.toThrow("cancelled by the user");
      expect(performance.now() - begun).toBeLessThan(2_000);
      site.hits.length = 0;
      expect((await visit(from, "/")).page?.title).toBe("Fine");
    },
  );

  test("a task that is aborted before it begins opens nothing", async () => {
    site.hits.length = 0;
    await expect(visit(start(), "/", AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(chromiumProcesses()).toEqual([]);
  });
});

describe("the browser", () => {
  test("when it is killed, the task may be tried again, with a new browser", async () => {
    const from = start();
    site.hits.length = 0;
    const running = faultOf(visit(from, "/silent"));
    await until(() => site.hits.includes("GET /silent"), { what: "the request" });
    const [victim = 0] = chromiumProcesses();
    process.kill(victim, "SIGKILL");
    expect(await running).toMatchObject({ code: "browser-crashed", retryable: true });
    expect((await visit(from, "/")).page?.title).toBe("Fine");
    expect(chromiumProcesses()).not.toContain(victim);
  });

  test("that nobody uses is closed, and started again for the next task", async () => {
    const from = start({ idleMs: 100 });
    await visit(from, "/");
    await until(() => chromiumProcesses().length === 0, { what: "the browser to end" });
    expect((await visit(from, "/")).page?.title).toBe("Fine");
  });
});
