import { describe, expect, test } from "vitest";
import { readRequest } from "#/agents/browser/request.ts";
import { taskOf } from "#/test/agents/browser/try-browser.ts";

const urlOf = (text: string) => readRequest(taskOf(text)).url.href;

describe("the address of a task", () => {
  test.each([
    ["Open https://example.com/a?b=c#d and read it", "https://example.com/a?b=c#d"],
    ["Read https://example.com.", "https://example.com/"],
    ["(see https://example.com/a_(b)), please", "https://example.com/a_(b)"],
    ["Look at <http://example.com/x>!", "http://example.com/x"],
    ["[the page](https://example.com/page)", "https://example.com/page"],
    ["Open `https://example.com/code`", "https://example.com/code"],
    ["Open HTTPS://EXAMPLE.com/Path", "https://example.com/Path"],
    ["What does www.example.com say?", "https://www.example.com/"],
    ["Open http://[::1]:3000/", "http://[::1]:3000/"],
    ["Open http://user:secret@example.com/", "http://example.com/"],
    ["Open http://127.0.0.1\\@8.8.8.8/", "http://127.0.0.1/@8.8.8.8/"],
    ["Öffne https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"],
  ])("%s", (text, url) => {
    expect(urlOf(text)).toBe(url);
  });

  test("stands in input.url, where that is given", () => {
    const request = readRequest(taskOf("Read https://other.example/", { url: " https://example.com/ " }));
    expect(request).toMatchObject({ url: new URL("https://example.com/"), others: [] });
  });

  test("is the first of several, and the others are named", () => {
    const request = readRequest(taskOf("Compare https://a.example/, https://b.example/ and https://a.example/."));
    expect(request.url.href).toBe("https://a.example/");
    expect(request.others).toEqual(["https://b.example/"]);
  });

  test.each(["Research the best libraries", "Open the page: now", ""])("is missing: %j", (text) => {
    expect(() => urlOf(text)).toThrow(expect.objectContaining({ code: "no-address", retryable: false }));
  });

  test.each([
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com/",
    "dict://example.com:2628/",
    "data:text/html,<p>x",
    "blob:https://example.com/1",
    "javascript:alert(1)",
    "view-source:https://example.com/",
    "chrome://crash",
    "about:blank",
    "ws://example.com/",
    "filesystem:http://example.com/",
    "jar:https://example.com!/x",
    "ldap://example.com/",
  ])("is not opened with the scheme of %s", (address) => {
    for (const request of [taskOf(`Open ${address}`), taskOf("Open it", { url: address })]) {
      expect(() => readRequest(request)).toThrow(
        expect.objectContaining({ code: "unsupported-address", retryable: false }),
      );
    }
  });

  test.each(["http://[::1%25lo]/", "https://", "http://exa mple.com/"])("is refused when it is none: %s", (url) => {
    expect(() => readRequest(taskOf("Open it", { url }))).toThrow(expect.objectContaining({ code: "bad-address" }));
  });

  test("an input of another shape is refused", () => {
    expect(() => readRequest(taskOf("Open it", { url: 1 }))).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

describe("tables", () => {
  test.each([
    "List the prices at https://example.com",
    "Read the table of https://example.com",
    "Rows of https://example.com as CSV",
  ])("are wanted: %s", (text) => {
    expect(readRequest(taskOf(text)).tables).toBe(true);
  });

  test("are not wanted for a page that merely is stable, unless the input says so", () => {
    expect(readRequest(taskOf("Is https://example.com/stable reachable?")).tables).toBe(false);
    expect(readRequest(taskOf("Open it", { url: "https://example.com", tables: true })).tables).toBe(true);
  });
});
