import ipaddr from "ipaddr.js";

/** What ipaddr.js calls a range, in words that follow "is". */
const rangeNames: Readonly<Record<string, string>> = {
  unspecified: "an unspecified address",
  loopback: "a loopback address",
  private: "an address of a private network",
  uniqueLocal: "an address of a private network",
  linkLocal: "a link-local address",
  deprecatedSiteLocal: "a site-local address",
  carrierGradeNat: "an address behind a carrier's NAT",
  multicast: "a multicast address",
  broadcast: "a broadcast address",
};

/** Public as far as the registries know, and yet the door to a cloud's own services (Azure's platform address). */
const alwaysDenied = new Set(["168.63.129.16"]);

/** The only IPv6 space that is routed publicly; NAT64, IPv4-compatible and site-local forms all lie outside of it. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");

/**
 * Why an IP address must not be reached, as words that follow "is"; null for a public address. Reads every spelling that
 * ipaddr.js reads (shortened, hexadecimal, octal, IPv4 inside of IPv6, with a zone); what it cannot read is not public.
 */
export function whyNotPublic(text: string): string | null {
  const address = readAddress(text);
  if (!address) return "not an IP address";
  if (alwaysDenied.has(address.toString())) return "the address of a cloud's own services";
  const range = address.range();
  if (range !== "unicast") return rangeNames[range] ?? "a reserved address";
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return "a reserved address";
  return null;
}

/** One spelling for each address, so that two can be compared; null for what is no IP address. */
export function canonicalAddress(text: string): string | null {
  return readAddress(text)?.toString() ?? null;
}

/** An IPv4 address inside of `::ffff:0:0/96` is read as the IPv4 address that it is. */
function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text.replace(/^\[(.*)\]$/s, "$1").replace(/%.*$/s, "");
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}
