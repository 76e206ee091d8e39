import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Network } from "#/lib/egress/dial.ts";
import type { Limits } from "#/lib/egress/meter.ts";
import { createPolicy } from "#/lib/egress/policy.ts";
import { type EgressProxy, startProxy } from "#/lib/egress/proxy.ts";
import { hostileHosts, hostileNames } from "#/test/egress/hostile.ts";
import { get, openTunnel } from "#/test/egress/through-proxy.ts";
import { fakeNetwork, type Route, type Site, startForbidden, startSite } from "#/test/support/site.ts";

const routes: Record<string, Route> = {
  "/": "hello",
  "/forged": { headers: { "Deputy-Incident": "made-up", "X-Kept": "yes" }, body: "forged" },
  "/big": { body: "x".repeat(3_000_000) },
  "/echo": (request, response) => {
    response.setHeader("X-Seen", JSON.stringify(request.headers));
    request.pipe(response);
  },
  "/broken": (_, response) => response.socket?.end("nonsense\r\n\r\n"),
};

let site: Site;
let proxy: EgressProxy | undefined;
beforeEach(async () => {
  site = await startSite(routes);
});
afterEach(async () => {
  await proxy?.close();
  await site.close();
});

const publicly = () => fakeNetwork({ "shop.example": { addresses: ["93.184.216.34"], port: site.port } });

async function start(network: Network, limits: Partial<Limits> = {}, allowHosts: string[] = []): Promise<EgressProxy> {
  proxy = await startProxy({ policy: createPolicy(allowHosts, []), network, limits });
  return proxy;
}

describe("what is refused", () => {
  test.each(hostileHosts)("http://%s/ is answered 403 and nothing is dialled", async (host) => {
    const network = publicly();
    const through = await start(network);
    const answer = await get(through, `http://${host}/`);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(/private address.*DEPUTY_ALLOW_HOSTS=/);
    expect(network.dialled).toEqual([]);
  });

  test.each(hostileHosts)("CONNECT %s:443 is answered 403 and nothing is dialled", async (host) => {
    const network = publicly();
    const through = await start(network);
    const authority = new URL(`https://${host}/`).hostname;
    expect((await openTunnel(through, `${authority}:443`)).status).toBe(403);
    expect(network.dialled).toEqual([]);
  });

  test.each(Object.entries(hostileNames))("%s, which resolves to %j, is refused", async (name, addresses) => {
    const network = fakeNetwork({ [name]: { addresses, port: site.port } });
    const through = await start(network);
    expect((await get(through, `http://${name}/`)).status).toBe(403);
    expect((await get(through, `http://${name.toUpperCase()}./`)).status).toBe(403);
    expect((await openTunnel(through, `${name}:443`)).status).toBe(403);
    expect(network.dialled).toEqual([]);
  });

  test.each(["http://user@127.0.0.1/", "http://8.8.8.8@127.0.0.1/", "http://u:p@[::1]/"])(
    "%s is judged by the host that it leads to",
    async (url) => {
      const network = publicly();
      expect((await get(await start(network), url)).status).toBe(403);
      expect(network.dialled).toEqual([]);
    },
  );

  test.each(["127.0.0.1:6379", "127.0.0.1:5432", "shop.example:22", "shop.example:8080"])(
    "CONNECT %s is refused",
    async (authority) => {
      const network = publicly();
      expect((await openTunnel(await start(network), authority)).status).toBe(403);
      expect(network.dialled).toEqual([]);
    },
  );

  test.each([
    "file:///etc/passwd",
    "ftp://shop.example/",
    "/",
    "https://shop.example/",
    "http://[::1%25lo]/",
    "http://127.0.0.1\\@8.8.8.8/",
    "gopher://shop.example/",
  ])("%s is not something to ask this proxy for", async (url) => {
    const network = publicly();
    expect((await get(await start(network), url)).status).toBe(400);
    expect(network.dialled).toEqual([]);
  });

  test("the reason is kept, with an id that the answer carries", async () => {
    const through = await start(publicly());
    const answer = await get(through, "http://127.0.0.1:6379/");
    const incident = through.incidents.byId(String(answer.headers["deputy-incident"]));
    expect(incident).toMatchObject({ kind: "refused", target: { host: "127.0.0.1", port: 6379 }, reason: answer.body });
    expect(through.incidents.at({ host: "127.0.0.1", port: 6379 })).toBe(incident);
  });
});

describe("what is let through", () => {
  test("plain HTTP is forwarded, headers of the connection are not", async () => {
    const through = await start(publicly());
    const answer = await get(through, "http://shop.example/echo?q=1", {
      body: "ping",
      headers: { Upgrade: "websocket", "X-Mine": "1" },
    });
    expect(answer).toMatchObject({ status: 200, body: "ping" });
    const seen = JSON.parse(String(answer.headers["x-seen"]));
    expect(seen).toMatchObject({ host: "shop.example", "x-mine": "1" });
    expect(Object.keys(seen)).not.toContain("proxy-authorization");
    expect(Object.keys(seen)).not.toContain("upgrade");
    expect(site.hits).toEqual(["POST /echo?q=1"]);
  });

  test("a tunnel carries bytes both ways", async () => {
    const network = publicly();
    const { status, socket } = await openTunnel(await start(network), "shop.example:443");
    expect(status).toBe(200);
    socket.write("GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "close");
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*hello/);
    expect(network.dialled).toEqual(["93.184.216.34:443"]);
  });

  test("a server that speaks before it was asked is heard", async () => {
    const hasty = await startForbidden();
    const network = fakeNetwork({ "hasty.example": { addresses: ["93.184.216.36"], port: hasty.port } });
    expect((await get(await start(network), "http://hasty.example/")).body).toBe("secret");
    await proxy?.close();
    await hasty.close();
  });

  test("a host that the operator lists is reached although it is private, on its port", async () => {
    const network = fakeNetwork({ "intranet.example": { addresses: ["10.0.0.1"], port: site.port } });
    const through = await start(network, {}, ["intranet.example:8080"]);
    expect((await get(through, "http://intranet.example:8080/")).body).toBe("hello");
    expect((await get(through, "http://intranet.example/")).status).toBe(403);
    expect(network.dialled).toEqual(["10.0.0.1:8080"]);
  });

  test("a site cannot pretend that its answer is the proxy's", async () => {
    const answer = await get(await start(publicly()), "http://shop.example/forged");
    expect(answer.headers["deputy-incident"]).toBeUndefined();
    expect(answer.headers["x-kept"]).toBe("yes");
  });

  test("the next address is tried when one does not answer", async () => {
    const network = fakeNetwork({
      "shop.example": { addresses: ["93.184.216.33", "93.184.216.34"], port: site.port },
    });
    const half: Network = {
      ...network,
      connect: (address, port) => network.connect(address.endsWith("33") ? "192.0.2.1" : address, port),
    };
    expect((await get(await start(half), "http://shop.example/")).body).toBe("hello");
  });
});

describe("rebinding", () => {
  test("a name is resolved once, and only an address of that answer is dialled", async () => {
    const network = publicly();
    let asked = 0;
    const flipping: Network = { ...network, resolve: async () => (asked++ === 0 ? ["93.184.216.34"] : ["127.0.0.1"]) };
    const through = await start(flipping);
    expect((await get(through, "http://shop.example/")).body).toBe("hello");
    expect((await get(through, "http://shop.example/")).body).toBe("hello");
    expect((await openTunnel(through, "shop.example:443")).status).toBe(200);
    expect(asked).toBe(1);
    expect(new Set(network.dialled.map((place) => place.split(":")[0]))).toEqual(new Set(["93.184.216.34"]));
  });

  test("a name that could not be found is asked for again", async () => {
    const network = publicly();
    let asked = 0;
    const late: Network = { ...network, resolve: async (host) => (asked++ === 0 ? [] : network.resolve(host)) };
    const through = await start(late);
    expect(await get(through, "http://shop.example/")).toMatchObject({
      status: 502,
      body: expect.stringContaining("could not be found"),
    });
    expect((await get(through, "http://shop.example/")).status).toBe(200);
  });
});

describe("who may use it", () => {
  test.each([null, "Basic bm9ib2R5Om5vdGhpbmc=", "Bearer x", "Basic "])(
    "authorization %j is answered 407",
    async (authorization) => {
      const network = publicly();
      const through = await start(network);
      const answer = await get(through, "http://shop.example/", { authorization });
      expect(answer.status).toBe(407);
      expect(answer.headers["proxy-authenticate"]).toContain("Basic");
      expect((await openTunnel(through, "shop.example:443", { authorization })).status).toBe(407);
      expect(network.dialled).toEqual([]);
      expect(network.resolved).toEqual([]);
    },
  );

  test("two proxies do not share a password", async () => {
    const first = await start(publicly());
    const second = await startProxy({ policy: createPolicy([], []), network: publicly() });
    const authorization = `Basic ${Buffer.from(`${first.username}:${first.password}`).toString("base64")}`;
    expect((await get(second, "http://shop.example/", { authorization })).status).toBe(407);
    await second.close();
  });
});

describe("limits", () => {
  test("connections are cut when the bytes are used up, and there are no more", async () => {
    const through = await start(publicly(), { maxBytes: 1_000_000 });
    await expect(get(through, "http://shop.example/big")).rejects.toThrow();
    expect(through.spent()).toBe("the limit of 1 MB");
    expect(await get(through, "http://shop.example/")).toMatchObject({
      status: 403,
      body: expect.stringContaining("limit of 1 MB"),
    });
    expect(through.incidents.all().at(-1)?.kind).toBe("over-limit");
  });

  test("bytes of tunnels count, too", async () => {
    const through = await start(publicly(), { maxBytes: 1_000_000 });
    const { socket } = await openTunnel(through, "shop.example:443");
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.write("GET /big HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    await once(socket, "close");
    expect(through.spent()).toBe("the limit of 1 MB");
  });

  test("there are no more requests than allowed", async () => {
    const network = publicly();
    const through = await start(network, { maxRequests: 2 });
    const statuses = [];
    for (let i = 0; i < 4; i++)
      statuses.push((await get(through, "http://shop.example/").catch(() => ({ status: 0 }))).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses.slice(2)).not.toContain(200);
    expect(network.dialled).toHaveLength(2);
  });

  test("its time ends", async () => {
    const through = await start(publicly(), { maxMs: 50 });
    const { socket } = await openTunnel(through, "shop.example:443");
    socket.on("error", () => socket.destroy());
    await once(socket, "close");
    expect(through.spent()).toContain("time limit");
  });
});

describe("trouble behind the proxy", () => {
  test("an unknown name, a closed port and an answer that is not HTTP are 502 with a reason", async () => {
    const network = fakeNetwork({
      "shop.example": { addresses: ["93.184.216.34"], port: site.port },
      "closed.example": { addresses: ["93.184.216.35"], port: 1 },
    });
    const through = await start(network);
    expect(await get(through, "http://nowhere.example/")).toMatchObject({
      status: 502,
      body: expect.stringContaining("could not be found"),
    });
    expect(await get(through, "http://closed.example/")).toMatchObject({
      status: 502,
      body: expect.stringContaining("could not be reached"),
    });
    expect(await get(through, "http://shop.example/broken")).toMatchObject({
      status: 502,
      body: expect.stringContaining("The answer was cut"),
    });
    expect((await openTunnel(through, "closed.example:443")).status).toBe(502);
    expect(through.incidents.all().map(({ kind }) => kind)).toEqual([
      "not-found",
      "unreachable",
      "unreachable",
      "unreachable",
    ]);
  });

  test("closing cuts what is open, and twice is harmless", async () => {
    const through = await start(publicly());
    const { socket } = await openTunnel(through, "shop.example:443");
    socket.on("error", () => socket.destroy());
    const closed = once(socket, "close");
    await through.close();
    await through.close();
    await closed;
    await expect(get(through, "http://shop.example/")).rejects.toThrow(/ECONNREFUSED/);
  });
});
