import { describe, expect, test } from "vitest";
import { canonicalAddress, whyNotPublic } from "#/lib/egress/addresses.ts";
import { hostileHosts, publicAddresses } from "#/test/egress/hostile.ts";

describe("addresses", () => {
  test.each(publicAddresses)("%s is public", (address) => {
    expect(whyNotPublic(address)).toBeNull();
  });

  test.each(hostileHosts)("%s is not public once an address was made of it", (host) => {
    expect(whyNotPublic(new URL(`http://${host}/`).hostname.replace(/\.$/, ""))).not.toBeNull();
  });

  test.each(["", "example.com", "127.0.0.1/8", "1.2.3.4.5", "[::1", "::g"])(
    "%j is no address, so it is not public",
    (text) => {
      expect(whyNotPublic(text)).toBe("not an IP address");
    },
  );

  test("says what kind of address it is", () => {
    expect(whyNotPublic("::1")).toBe("a loopback address");
    expect(whyNotPublic("169.254.169.254")).toBe("a link-local address");
    expect(whyNotPublic("fd00::1")).toBe("an address of a private network");
    expect(whyNotPublic("168.63.129.16")).toBe("the address of a cloud's own services");
  });

  test("two spellings of an address are one", () => {
    expect(canonicalAddress("[::FFFF:7f00:1]")).toBe(canonicalAddress("127.0.0.1"));
    expect(canonicalAddress("FE80::1%eth0")).toBe(canonicalAddress("fe80:0:0::1"));
    expect(canonicalAddress("localhost")).toBeNull();
  });
});
