import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { after, SECOND, within } from "#/lib/clock.ts";
import type { NewIncident } from "#/lib/egress/incident.ts";
import type { Policy } from "#/lib/egress/policy.ts";
import { nameOf, type Target } from "#/lib/egress/target.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";

const resolveMs = 10 * SECOND;
const connectMs = 10 * SECOND;

/** The two things that touch the network; tests put their own in their place. */
export type Network = {
  /** All addresses of a host name, best first. Throws when it has none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Begins to connect to an address (never a name). */
  connect(address: string, port: number): Socket;
};

export const realNetwork: Network = {
  resolve: async (host) => (await lookup(host, { all: true })).map((entry) => entry.address),
  connect: (address, port) => connect({ host: address, port }),
};

export type Dial = (target: Target) => Promise<Socket | NewIncident>;

/**
 * Connects to targets that the policy allows. A name is resolved once in the life of a dialler, all of its addresses are
 * checked, and the connection goes to one of exactly those: a name that changes its addresses afterwards (DNS
 * rebinding) gains nothing.
 */
export function createDial(policy: Policy, network: Network): Dial {
  const pinned = new Map<string, Promise<readonly string[]>>();

  const addressesOf = (host: string) => {
    if (isIP(host)) return Promise.resolve([host]);
    const known = pinned.get(host);
    if (known) return known;
    const asked = resolve(network, host);
    pinned.set(host, asked);
    asked.catch(() => pinned.delete(host));
    return asked;
  };

  return async (target) => {
    let addresses: readonly string[];
    try {
      addresses = await addressesOf(target.host);
    } catch (thrown) {
      return { kind: "not-found", target, reason: `${nameOf(target)} could not be found: ${messageOf(thrown)}.` };
    }
    const refusal = policy.refusal(target, addresses);
    if (refusal) return { kind: "refused", target, reason: refusal };
    return connectToFirst(network, target, addresses);
  };
}

async function resolve(network: Network, host: string): Promise<readonly string[]> {
  const late = () => new DeputyError("name-lookup", `the name server did not answer within ${resolveMs / SECOND} s`);
  const addresses = await within(resolveMs, network.resolve(host), late);
  if (addresses.length === 0) throw new DeputyError("name-lookup", "the name has no address");
  return addresses;
}

async function connectToFirst(
  network: Network,
  target: Target,
  addresses: readonly string[],
): Promise<Socket | NewIncident> {
  let last = "";
  for (const address of addresses) {
    try {
      return await connected(network.connect(address, target.port));
    } catch (thrown) {
      last = messageOf(thrown);
    }
  }
  return { kind: "unreachable", target, reason: `${nameOf(target)} could not be reached: ${last}.` };
}

/** The listener stays: an error after the connection was made only closes the socket. */
function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const cancel = after(connectMs, () => socket.destroy(new Error(`no answer within ${connectMs / SECOND} s`)));
    socket.on("error", (error) => {
      cancel();
      reject(error);
    });
    socket.once("connect", () => {
      cancel();
      resolve(socket);
    });
  });
}
