import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { openRelay, type Relay } from "#/test/faults/relay.ts";
import { ask, desktop, openBrowser, visit } from "#/test/support/browse.ts";
import { startProduct, type TestProduct, temporaryFolder } from "#/test/support/product.ts";

/** What a person sees while Postgres is away. */
let dir: string;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let relay: Relay;
let product: TestProduct;
let browser: Browser;

beforeAll(async () => {
  dir = await temporaryFolder();
  const socketDir = join(socketFolder(dir), "postgres");
  postgres = await startPostgres({ dir: join(dir, "postgres"), socketDir, settings: { fsync: "off" } });
  relay = await openRelay({ path: join(socketDir, ".s.PGSQL.5432") });
  const settings = { DATABASE_URL: `postgres://deputy@127.0.0.1:${relay.port}/deputy` };
  [product, browser] = await Promise.all([startProduct(settings), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await relay?.close();
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
  await rm(socketFolder(dir), { recursive: true, force: true });
});

afterEach(() => relay.set({ kind: "pass" }));

describe.each([
  ["frozen", { kind: "hold" }],
  ["gone", { kind: "reset" }],
] as const)("while Postgres is %s", (_, mode) => {
  it("every page answers 503 with Retry-After, says what is wrong, and shows itself when it is back", {
    timeout: 90_000,
  }, async () => {
    const { page, close } = await visit(browser, product.baseUrl, desktop);
    await ask(page, "hello");
    await page.getByRole("link", { name: "Transcript", exact: true }).waitFor();
    const transcript = await page.getByRole("link", { name: "Transcript", exact: true }).getAttribute("href");
    const paths = ["/", new URL(page.url()).pathname, transcript ?? ""];
    relay.set(mode);
    for (const path of paths) {
      const tab = await page.context().newPage();
      const response = await tab.goto(product.baseUrl + path);
      expect(response?.status()).toBe(503);
      expect(Number(response?.headers()["retry-after"])).toBeGreaterThan(0);
      await tab.getByText("The database does not answer.").waitFor();
      expect(await tab.getByText(/by itself/).count()).toBe(1);
    }
    relay.set({ kind: "pass" });
    const [start, conversation, record] = page.context().pages().slice(1);
    await start?.getByRole("textbox", { name: "Message" }).waitFor();
    await conversation?.getByRole("article", { name: "You" }).waitFor();
    await record?.getByRole("list", { name: "Events" }).waitFor();
    expect((await fetch(product.baseUrl)).status).toBe(200);
    await close();
  });
});
