import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MINUTE } from "#/lib/clock.ts";
import { answerTo, badRequest, endWithAnswer, passwordWanted, sendAnswer } from "#/lib/egress/answer.ts";
import { createDial, type Dial, type Network, realNetwork } from "#/lib/egress/dial.ts";
import { forward } from "#/lib/egress/forward.ts";
import { createIncidentRecord, type Incident, type IncidentRecord } from "#/lib/egress/incident.ts";
import { createMeter, type Limits, type Meter } from "#/lib/egress/meter.ts";
import type { Policy } from "#/lib/egress/policy.ts";
import { readAuthority, type Target, targetOf } from "#/lib/egress/target.ts";
import { tunnel } from "#/lib/egress/tunnel.ts";

export type ProxyOptions = {
  readonly policy: Policy;
  readonly limits?: Partial<Limits>;
  readonly network?: Network;
};

export type EgressProxy = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** What it did not connect to. */
  readonly incidents: Pick<IncidentRecord, "all" | "byId" | "at">;
  /** Which limit was reached, as `the limit of 64 MB`; null as long as none was. */
  spent(): string | null;
  /** Cuts every connection. May be called twice. */
  close(): Promise<void>;
};

const defaultLimits: Limits = { maxBytes: 64_000_000, maxRequests: 1_000, maxMs: 5 * MINUTE };

/**
 * An HTTP proxy on loopback for one task: the only way by which that task's browser reaches the network. It checks every
 * target with the policy, connects to the very address that was checked, and otherwise answers 403 with the reason. Plain
 * HTTP is forwarded; everything else, WebSockets included, takes CONNECT. Nobody uses it without its password. When a
 * limit is passed, all of its connections are cut and it makes no more.
 */
export async function startProxy(options: ProxyOptions): Promise<EgressProxy> {
  const password = randomBytes(24).toString("base64url");
  const connections = createConnections();
  const meter = createMeter({ ...defaultLimits, ...options.limits }, connections.cut);
  const incidents = createIncidentRecord();
  const dial = createDial(options.policy, options.network ?? realNetwork);
  const desk: Desk = {
    meter,
    incidents,
    isAuthorised: checkPassword(`deputy:${password}`),
    open: (target) => open(target, dial, meter, incidents, connections.keep),
  };

  const server = createServer((request, response) => serveRequest(desk, request, response));
  server.on("connect", (request, client, head) => serveConnect(desk, request, client, head));
  server.on("connection", connections.keep);
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}`,
    username: "deputy",
    password,
    incidents,
    spent: meter.spent,
    async close() {
      meter.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.cut();
      await closed;
    },
  };
}

/** What it takes to serve one request. */
type Desk = {
  readonly meter: Meter;
  readonly incidents: IncidentRecord;
  isAuthorised(request: IncomingMessage): boolean;
  open(target: Target): Promise<Socket | Incident>;
};

async function serveRequest(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!desk.isAuthorised(request)) return sendAnswer(response, passwordWanted);
  const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : null;
  const target = url?.protocol === "http:" ? targetOf(url) : null;
  if (!url || !target) return sendAnswer(response, badRequest("This proxy needs a full http address."));
  const opened = await desk.open(target);
  if ("reason" in opened) return sendAnswer(response, answerTo(opened));
  forward(request, response, url, opened, desk.meter, (reason) => {
    const incident = desk.incidents.add({ kind: "unreachable", target, reason: `The answer was cut: ${reason}.` });
    sendAnswer(response, answerTo(incident));
  });
}

async function serveConnect(desk: Desk, request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
  if (!desk.isAuthorised(request)) return endWithAnswer(client, passwordWanted);
  const target = readAuthority(request.url ?? "");
  if (!target) return endWithAnswer(client, badRequest("CONNECT needs host:port."));
  const opened = await desk.open(target);
  if ("reason" in opened) return endWithAnswer(client, answerTo(opened));
  if (client.destroyed) opened.destroy();
  else tunnel(client, opened, head, desk.meter);
}

async function open(
  target: Target,
  dial: Dial,
  meter: Meter,
  incidents: IncidentRecord,
  keep: (socket: Duplex) => void,
): Promise<Socket | Incident> {
  const overLimit = () =>
    incidents.add({ kind: "over-limit", target, reason: `The page has reached ${meter.spent()} of one task.` });
  if (!meter.request()) return overLimit();
  const dialled = await dial(target);
  if ("reason" in dialled) return incidents.add(dialled);
  keep(dialled);
  if (meter.spent() === null) return dialled;
  dialled.destroy();
  return overLimit();
}

function createConnections() {
  const sockets = new Set<Duplex>();
  return {
    keep(socket: Duplex) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.once("close", () => sockets.delete(socket));
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function checkPassword(credentials: string): (request: IncomingMessage) => boolean {
  const expected = Buffer.from(`Basic ${Buffer.from(credentials).toString("base64")}`);
  return (request) => {
    const given = Buffer.from(request.headers["proxy-authorization"] ?? "");
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
