import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Incident } from "#/lib/egress/incident.ts";

/** The header by which the proxy marks its own answers; it is removed from answers of the other side. */
export const incidentHeader = "deputy-incident";

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export const passwordWanted: Answer = {
  status: 407,
  headers: { "Proxy-Authenticate": 'Basic realm="deputy"' },
  body: "This proxy belongs to one task of Deputy.",
};

export function badRequest(body: string): Answer {
  return { status: 400, headers: {}, body };
}

/** 403 for what is not allowed, 502 for what did not work. */
export function answerTo(incident: Incident): Answer {
  const status = incident.kind === "refused" || incident.kind === "over-limit" ? 403 : 502;
  return { status, headers: { [incidentHeader]: incident.id }, body: incident.reason };
}

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { ...headersOf(answer), ...answer.headers });
  response.end(answer.body);
}

/** The same on the bare connection of a CONNECT request. */
export function endWithAnswer(client: Duplex, answer: Answer): void {
  const headers = Object.entries({ ...headersOf(answer), ...answer.headers });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  client.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines}\r\n${answer.body}`);
}

function headersOf(answer: Answer) {
  return {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(answer.body)),
    Connection: "close",
  };
}
