import { describe, expect, test } from "vitest";
import { nameOf, readAuthority, targetOf } from "#/lib/egress/target.ts";

describe("targets", () => {
  test.each([
    ["example.com:443", { host: "example.com", port: 443 }],
    ["EXAMPLE.com.:80", { host: "example.com", port: 80 }],
    ["[::1]:3000", { host: "::1", port: 3000 }],
    ["0x7f.1:80", { host: "127.0.0.1", port: 80 }],
    ["127。0。0。1:443", { host: "127.0.0.1", port: 443 }],
  ])("%s is read", (authority, target) => {
    expect(readAuthority(authority)).toEqual(target);
  });

  test.each([
    "",
    "example.com",
    "example.com:",
    ":443",
    "example.com:0",
    "example.com:65536",
    "a@b:443",
    "a/b:443",
    "a\\b:443",
    "a b:443",
    "[::1%25lo]:80",
    "::1:80:x",
  ])("%j is no authority", (authority) => {
    expect(readAuthority(authority)).toBeNull();
  });

  test("only http and https addresses lead anywhere", () => {
    expect(targetOf(new URL("https://Example.com"))).toEqual({ host: "example.com", port: 443 });
    expect(targetOf(new URL("http://u@[::1]:81/x"))).toEqual({ host: "::1", port: 81 });
    expect(targetOf(new URL("file:///etc/passwd"))).toBeNull();
    expect(targetOf(new URL("ftp://example.com/"))).toBeNull();
  });

  test("a standard port is not written", () => {
    expect(nameOf({ host: "::1", port: 443 })).toBe("[::1]");
    expect(nameOf({ host: "example.com", port: 8080 })).toBe("example.com:8080");
  });
});
