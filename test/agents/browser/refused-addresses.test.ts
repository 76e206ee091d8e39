import { describe, expect, test } from "vitest";
import { createBrowserAgent } from "#/agents/browser/agent.ts";
import { contextFor, faultOf, taskOf } from "#/test/agents/browser/try-browser.ts";
import { hostileHosts } from "#/test/egress/hostile.ts";
import { fakeNetwork } from "#/test/support/site.ts";

const agent = createBrowserAgent({
  allowHosts: ["10.0.0.5:8080"],
  network: fakeNetwork({}),
  findChromium: () => Promise.reject(new Error("a browser was wanted")),
});

const fault = (url: string) => faultOf(agent.execute(taskOf("Open it", { url }), contextFor()));

describe("an address of the private network in a task", () => {
  test.each(hostileHosts)("http://%s/ is refused without starting a browser", async (host) => {
    expect(await fault(`http://${host}/`)).toMatchObject({
      code: "address-refused",
      retryable: false,
      message: expect.stringMatching(/is a private address .*the operator can allow it with DEPUTY_ALLOW_HOSTS=/),
    });
  });

  test.each([
    "http://user@127.0.0.1/",
    "http://8.8.8.8@127.0.0.1/",
    "http://127.0.0.1\\@8.8.8.8/",
    "https://127.0.0.1:6379/",
    "http://8.8.8.8:6379/",
  ])("%s is refused, too", async (url) => {
    expect(await fault(url)).toMatchObject({ code: "address-refused", retryable: false });
  });

  test("goes on to the browser where the operator allows it", async () => {
    expect((await fault("http://10.0.0.5:8080/")).message).toBe("a browser was wanted");
    expect(await fault("http://10.0.0.5/")).toMatchObject({ code: "address-refused" });
  });
});
