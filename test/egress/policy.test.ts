import { describe, expect, test } from "vitest";
import { createPolicy } from "#/lib/egress/policy.ts";

const somewhere = ["93.184.216.34"];
const web = (host: string, port = 443) => ({ host, port });

describe("policy", () => {
  const strict = createPolicy([], []);

  test("a public host may be reached on ports 80 and 443 alone", () => {
    expect(strict.refusal(web("shop.example", 80), somewhere)).toBeNull();
    expect(strict.refusal(web("shop.example", 443), somewhere)).toBeNull();
    expect(strict.refusal(web("shop.example", 6379), somewhere)).toMatch(
      /^shop\.example:6379 is not on port 80 or 443.*DEPUTY_ALLOW_HOSTS=shop\.example:6379\.$/,
    );
  });

  test("one private address among several is enough to refuse, and the refusal names the setting", () => {
    expect(strict.refusal(web("shop.example"), [...somewhere, "10.0.0.1"])).toBe(
      "shop.example leads to 10.0.0.1, which is a private address (an address of a private network); " +
        "the operator can allow it with DEPUTY_ALLOW_HOSTS=shop.example.",
    );
    expect(strict.refusal(web("127.0.0.1", 6379), ["127.0.0.1"])).toBe(
      "127.0.0.1:6379 is a private address (a loopback address); the operator can allow it with DEPUTY_ALLOW_HOSTS=127.0.0.1:6379.",
    );
  });

  test("a public address of this machine is refused", () => {
    const policy = createPolicy([], ["93.184.216.34"]);
    expect(policy.refusal(web("me.example"), ["93.184.216.34"])).toContain("an address of this machine");
  });

  test("a listed name is allowed on every port, and no other name that leads to the same address", () => {
    const policy = createPolicy(["Intranet.Example."], []);
    expect(policy.refusal(web("intranet.example", 8080), ["10.0.0.1"])).toBeNull();
    expect(policy.refusal(web("evil.example"), ["10.0.0.1"])).not.toBeNull();
    expect(policy.refusal(web("sub.intranet.example"), ["10.0.0.1"])).not.toBeNull();
    expect(policy.refusal(web("10.0.0.1"), ["10.0.0.1"])).not.toBeNull();
  });

  test("an entry with a port allows that port alone", () => {
    const policy = createPolicy(["intranet.example:8080", "[::1]:3000"], []);
    expect(policy.refusal(web("intranet.example", 8080), ["10.0.0.1"])).toBeNull();
    expect(policy.refusal(web("intranet.example", 80), ["10.0.0.1"])).not.toBeNull();
    expect(policy.refusal(web("::1", 3000), ["::1"])).toBeNull();
    expect(policy.refusal(web("::1", 3001), ["::1"])).not.toBeNull();
  });

  test("a listed address is allowed in every spelling and for every name that leads to it", () => {
    const policy = createPolicy(["10.0.0.5", "fd00:0::1"], []);
    expect(policy.refusal(web("10.0.0.5", 9000), ["10.0.0.5"])).toBeNull();
    expect(policy.refusal(web("nas.example", 9000), ["10.0.0.5"])).toBeNull();
    expect(policy.refusal(web("::ffff:a00:5", 80), ["::ffff:a00:5"])).toBeNull();
    expect(policy.refusal(web("fd00::1", 80), ["fd00::1"])).toBeNull();
    expect(policy.refusal(web("nas.example"), ["10.0.0.5", "10.0.0.6"])).not.toBeNull();
  });

  test.each(["http://intranet.example", "a b", "intranet.example/path", "user@host", "host:notaport", "*"])(
    "an entry that is neither a name nor an address is named: %s",
    (entry) => {
      expect(() => createPolicy([entry], [])).toThrow(
        expect.objectContaining({ code: "bad-setting", message: expect.stringContaining(entry) }),
      );
    },
  );
});
