import { networkInterfaces } from "node:os";
import { canonicalAddress, whyNotPublic } from "#/lib/egress/addresses.ts";
import { nameOf, normalHost, type Target } from "#/lib/egress/target.ts";
import { DeputyError } from "#/lib/errors.ts";

/** Says which targets may be reached. Pure: names have been resolved before they come here. */
export type Policy = {
  /**
   * Why a target whose host has these addresses is refused, in one sentence that names the setting which allows it; null
   * when it may be reached. One forbidden address among several is enough to refuse.
   */
  refusal(target: Target, addresses: readonly string[]): string | null;
};

type Allowed = { readonly host: string; readonly port: number | null };

const openPorts: readonly number[] = [80, 443];

/**
 * The rule of this product: public addresses on ports 80 and 443, and whatever the operator has listed.
 *
 * An entry is a host name or an address, with a port or for every port. A name is compared with the host as it was
 * requested, so that no other name that leads to the same machine is let in; only an entry that is itself an address is
 * compared with the addresses that a name leads to. Throws a DeputyError `bad-setting` for an entry that is neither.
 */
export function createPolicy(
  allowHosts: readonly string[],
  ownAddresses: readonly string[] = machineAddresses(),
): Policy {
  const allowed = allowHosts.map(readEntry);
  const own = new Set(ownAddresses.map((address) => canonicalAddress(address)));
  const isAllowed = (host: string, port: number) =>
    allowed.some((entry) => entry.host === host && (entry.port === null || entry.port === port));

  return {
    refusal(target, addresses) {
      if (isAllowed(sameSpelling(target.host), target.port)) return null;
      const open = addresses.filter((address) => !isAllowed(sameSpelling(address), target.port));
      for (const address of open) {
        const why = whyNotPublic(address) ?? (own.has(canonicalAddress(address)) ? "an address of this machine" : null);
        if (why) return notPublic(target, address, why);
      }
      return open.length > 0 && !openPorts.includes(target.port) ? closedPort(target) : null;
    },
  };
}

/** The addresses of this machine: its services may be open to itself even where its address is a public one. */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address));
}

function readEntry(entry: string): Allowed {
  const address = canonicalAddress(entry);
  if (address) return { host: address, port: null };
  const [, host = "", port] = /^(\[[^\]]+\]|[^\s:/@*]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (!URL.canParse(`http://${host}`)) {
    throw new DeputyError(
      "bad-setting",
      `DEPUTY_ALLOW_HOSTS holds "${entry}", which is neither a host name nor an address; write for example intranet.example, intranet.example:8080 or 10.0.0.5.`,
    );
  }
  return { host: sameSpelling(normalHost(new URL(`http://${host}`).hostname)), port: port ? Number(port) : null };
}

function sameSpelling(host: string): string {
  return canonicalAddress(host) ?? host;
}

function notPublic(target: Target, address: string, why: string): string {
  const subject =
    canonicalAddress(address) === canonicalAddress(target.host)
      ? `${nameOf(target)} is a private address`
      : `${nameOf(target)} leads to ${address}, which is a private address`;
  return `${subject} (${why}); ${remedy(target)}`;
}

function closedPort(target: Target): string {
  return `${nameOf(target)} is not on port 80 or 443, the only ones that are open to every public host; ${remedy(target)}`;
}

function remedy(target: Target): string {
  return `the operator can allow it with DEPUTY_ALLOW_HOSTS=${nameOf(target)}.`;
}
