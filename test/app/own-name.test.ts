import { NextRequest } from "next/server";
import { describe, expect, it } from "vitest";
import { ok, routeWithoutDatabase } from "#/app/api/answer.ts";
import { proxy } from "#/proxy.ts";

const names = ["localhost:3000", "127.0.0.1:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST"];
const others = ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", ""];

describe("a server that is addressed by a name", () => {
  it.each(names)("answers to %s", async (host) => {
    expect((await interfaceFor(host)).status).toBe(200);
    expect(pageFor(host).status).toBe(200);
  });

  it.each(others)("does not answer to %j, and says what to do", async (host) => {
    for (const answer of [await interfaceFor(host), pageFor(host)]) {
      expect(answer.status).toBe(421);
      expect(await answer.json()).toEqual({
        code: "unknown-host",
        message: expect.stringContaining("list it in DEPUTY_HOSTS"),
      });
    }
  });
});

it("sends a page with a policy that lets nothing be loaded from elsewhere, and another nonce each time", () => {
  const [policy, other] = [pageFor("localhost"), pageFor("localhost")].map(({ headers }) =>
    headers.get("content-security-policy"),
  );
  expect(policy).toMatch(/^default-src 'self'; script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
  expect(other).not.toBe(policy);
});

function interfaceFor(host: string): Promise<Response> {
  const handle = routeWithoutDatabase(async () => ok({}));
  return handle(new Request("http://127.0.0.1:3000/api/nothing", { headers: { host } }));
}

function pageFor(host: string): Response {
  return proxy(new NextRequest("http://127.0.0.1:3000/", { headers: { host } }));
}
