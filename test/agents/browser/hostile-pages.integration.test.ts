import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BrowserAgent, createBrowserAgent } from "#/agents/browser/agent.ts";
import { contextFor, faultOf, resultOf, taskOf } from "#/test/agents/browser/try-browser.ts";
import { fakeNetwork, type Route, type Site, startForbidden, startSite } from "#/test/support/site.ts";

/**
 * A public site tries every way to make the browser reach a server of the private network: directly by its loopback
 * address (what Chromium would reach if it went around the proxy) and by a name that leads to a private address.
 */
let forbidden: Awaited<ReturnType<typeof startForbidden>>;
let stun: Awaited<ReturnType<typeof startStun>>;
let site: Site;
let agent: BrowserAgent;
let network: ReturnType<typeof fakeNetwork>;

beforeAll(async () => {
  forbidden = await startForbidden();
  stun = await startStun();
  site = await startSite(routesTo([`127.0.0.1:${forbidden.port}`, `localhost:${forbidden.port}`, "inside.example"]));
  network = fakeNetwork({
    "shop.example": { addresses: ["93.184.216.34"], port: site.port },
    localhost: { addresses: ["127.0.0.1"], port: site.port },
    "inside.example": { addresses: ["10.0.0.1"], port: forbidden.port },
  });
  agent = createBrowserAgent({ allowHosts: [`localhost:${site.port}`], network });
});
beforeEach(() => {
  network.dialled.length = 0;
});
afterAll(async () => {
  await agent.close();
  await site.close();
  await forbidden.close();
  stun.socket.close();
});

const visit = (url: string) => resultOf(agent, taskOf(`Open ${url}`), contextFor());

function expectNothingReached(): void {
  expect(forbidden.connections()).toBe(0);
  expect(stun.packets()).toBe(0);
  expect(
    network.dialled.filter((place) => !/^93\.184\.216\.34:(80|443)$/.test(place) && place !== `127.0.0.1:${site.port}`),
  ).toEqual([]);
}

describe("a page that is itself led to a private address fails with the reason", () => {
  test.each([
    ...[301, 302, 303, 307, 308].flatMap((status) =>
      ["http", "https"].map((scheme) => `/redirect-${status}-${scheme}`),
    ),
    "/redirect-name",
    "/redirect-twice",
    "/meta-refresh",
    "/header-refresh",
    "/js-navigation",
    "/js-navigation-https",
    "/form",
  ])("%s", async (path) => {
    const fault = await faultOf(visit(`http://shop.example${path}`));
    expect(fault).toMatchObject({ code: "address-refused", retryable: false });
    expect(fault.message).toMatch(/^http:\/\/shop\.example\/\S+ leads to .* private address .*DEPUTY_ALLOW_HOSTS=/);
    expectNothingReached();
  });
});

describe("a page that asks for private things is read, and says that they were refused", () => {
  test.each([
    "/img",
    "/img-redirect",
    "/stylesheet",
    "/script",
    "/fetch",
    "/fetch-redirect",
    "/beacon",
    "/websocket",
    "/event-source",
    "/worker",
    "/iframe",
    "/iframe-redirect",
    "/object",
    "/video",
  ])("%s", async (path) => {
    const result = await visit(`http://shop.example${path}`);
    expect(result.page).toMatchObject({ status: 200, text: expect.stringContaining("Hello reader") });
    expect(result.text).toMatch(/Note: parts of the page were refused .*private address/);
    expect(JSON.stringify(result)).not.toContain("secret");
    expectNothingReached();
  });
});

test("the same server is reached when the operator allows it, so that the tests above could fail", async () => {
  const allowed = await startForbidden();
  const place = `127.0.0.1:${allowed.port}`;
  const trusting = createBrowserAgent({ allowHosts: [place] });
  const result = await resultOf(trusting, taskOf(`Open http://${place}/`), contextFor());
  expect(result.page?.text).toContain("secret");
  expect(allowed.connections()).toBeGreaterThan(0);
  await trusting.close();
  await allowed.close();
});

describe("what is stopped without a word", () => {
  test.each(["/popup", "/popup-click", "/webrtc", "/dns-prefetch", "/preconnect", "/file-frame"])(
    "%s",
    async (path) => {
      const result = await visit(`http://shop.example${path}`);
      expect(result.page?.text).toContain("Hello reader");
      expect(JSON.stringify(result)).not.toContain("secret");
      expectNothingReached();
    },
  );

  test("/service-worker of a host where one would be allowed", async () => {
    const result = await visit(`http://localhost:${site.port}/service-worker`);
    expect(result.page?.text).toContain("Hello reader");
    expect(site.hits).not.toContain("GET /service-worker.js");
    expectNothingReached();
  });
});

function routesTo(places: readonly string[]): Record<string, Route> {
  const [loopback = ""] = places;
  const each = (write: (place: string) => string) => places.map(write).join("");
  const page = (body: string): Route =>
    `<title>Hello</title><p>Hello reader, this is a page of a public site.</p>${body}`;
  const script = (write: (place: string) => string) =>
    page(`<script>${each((place) => `try{${write(place)}}catch(e){}`)}</script>`);
  const to = (location: string, status = 302): Route => ({ status, headers: { Location: location } });
  const redirects = [301, 302, 303, 307, 308].flatMap((status) => [
    [`/redirect-${status}-http`, to(`http://${loopback}/`, status)] as const,
    [`/redirect-${status}-https`, to(`https://${loopback}/`, status)] as const,
  ]);
  return {
    ...Object.fromEntries(redirects),
    "/redirect-name": to("http://inside.example/"),
    "/redirect-twice": to("/redirect-name"),
    "/meta-refresh": page(`<meta http-equiv=refresh content="0; url=http://${loopback}/">`),
    "/header-refresh": { headers: { Refresh: `0; url=http://${loopback}/` }, body: "<p>Hello" },
    "/js-navigation": page(`<script>location = "http://${loopback}/"</script>`),
    "/js-navigation-https": page(`<script>setTimeout(() => { location = "https://inside.example/" }, 50)</script>`),
    "/form": page(
      `<form action="http://${loopback}/" method=post><input name=a></form><script>document.forms[0].submit()</script>`,
    ),

    "/img": page(each((place) => `<img src="http://${place}/i">`)),
    "/img-redirect": page(`<img src="/redirect-302-http"><img src="/redirect-name">`),
    "/stylesheet": page(each((place) => `<link rel=stylesheet href="http://${place}/s">`)),
    "/script": page(each((place) => `<script src="http://${place}/s"></script>`)),
    "/fetch": script((place) => `fetch("http://${place}/", {mode: "no-cors"}).catch(() => {})`),
    "/fetch-redirect": page(
      `<script>fetch("/redirect-307-http", {method: "POST", body: "x"}).catch(() => {})</script>`,
    ),
    "/beacon": script((place) => `navigator.sendBeacon("http://${place}/", "x")`),
    "/websocket": script((place) => `new WebSocket("ws://${place}/"); new WebSocket("wss://${place}/")`),
    "/event-source": script((place) => `new EventSource("http://${place}/")`),
    "/worker": page(`<script>new Worker("/worker.js")</script>`),
    "/worker.js": {
      headers: { "Content-Type": "text/javascript" },
      body: each((place) => `fetch("http://${place}/", {mode: "no-cors"}).catch(() => {});`),
    },
    "/iframe": page(each((place) => `<iframe src="http://${place}/"></iframe>`)),
    "/iframe-redirect": page(`<iframe src="/redirect-302-http"></iframe><iframe src="/redirect-name"></iframe>`),
    "/object": page(each((place) => `<object data="http://${place}/"></object><embed src="http://${place}/">`)),
    "/video": page(each((place) => `<video src="http://${place}/v" autoplay muted></video>`)),

    "/popup": script((place) => `window.open("http://${place}/")`),
    "/popup-click": page(
      each((place) => `<a target=_blank href="http://${place}/">x</a>`) +
        "<script>for (const a of document.querySelectorAll('a')) a.click()</script>",
    ),
    "/webrtc": page(`<script>
      const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${stun.port}" }] });
      peer.createDataChannel("x"); peer.createOffer().then((offer) => peer.setLocalDescription(offer));</script>`),
    "/dns-prefetch": page(`<link rel=dns-prefetch href="//inside.example">`),
    "/preconnect": page(
      each((place) => `<link rel=preconnect href="http://${place}"><link rel=prefetch href="http://${place}/">`),
    ),
    "/file-frame": page(
      `<iframe src="file:///etc/hostname"></iframe><script>try { location = "file:///etc/hostname" } catch (e) {}</script>`,
    ),
    "/service-worker": page(`<script>navigator.serviceWorker?.register("/service-worker.js")</script>`),
    "/service-worker.js": { headers: { "Content-Type": "text/javascript" }, body: "" },
  };
}

/** A UDP server that counts what it is sent. */
async function startStun() {
  const socket = createSocket("udp4");
  let packets = 0;
  socket.on("message", () => packets++);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, port: socket.address().port, packets: () => packets };
}
