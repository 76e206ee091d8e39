import type { CDPSession } from "playwright";
import { decodeText, mediaOf } from "#/agents/browser/media.ts";
import { incidentHeader } from "#/lib/egress/answer.ts";
import type { Incident } from "#/lib/egress/incident.ts";
import type { EgressProxy } from "#/lib/egress/proxy.ts";
import { targetOf } from "#/lib/egress/target.ts";
import { messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** The newest answer to a navigation of the main frame, redirects followed. */
export type Arrival =
  | { readonly kind: "page"; readonly url: string; readonly status: number }
  | {
      readonly kind: "text";
      readonly url: string;
      readonly status: number;
      readonly text: string;
      readonly truncated: boolean;
    }
  | { readonly kind: "other"; readonly url: string; readonly status: number; readonly mediaType: string }
  /** No answer came. The incident is the proxy's reason, null when the fault lies behind the proxy. */
  | { readonly kind: "none"; readonly url: string; readonly incident: Incident | null };

export type Documents = { latest(): Arrival | null };

/** The fields of CDP's `Fetch.requestPaused` that matter here. */
type Paused = {
  requestId: string;
  frameId: string;
  request: { url: string; urlFragment?: string };
  responseErrorReason?: string;
  responseStatusCode?: number;
  responseHeaders?: { name: string; value: string }[];
};

/**
 * Looks at each document before Chromium does. Pages pass untouched. Text of any type (JSON, CSV, XML, ...) is read
 * here, up to `maxTextBytes`, and handed to Chromium as plain text, which shows it instead of downloading it. Whatever
 * else is refused, so that nothing is downloaded.
 */
export async function watchDocuments(
  session: CDPSession,
  proxy: EgressProxy,
  maxTextBytes: number,
): Promise<Documents> {
  let latest: Arrival | null = null;
  const { frameTree } = await session.send("Page.getFrameTree");
  const handle = async (paused: Paused) => {
    if (isQuestion(paused)) {
      await session.send("Fetch.continueRequest", { requestId: paused.requestId, interceptResponse: true });
      return;
    }
    const isMain = paused.frameId === frameTree.frame.id;
    const isFinal = !isRedirect(paused) && paused.responseErrorReason !== "Aborted";
    const arrival = isMain && isFinal ? await arrivalOf(session, paused, proxy, maxTextBytes) : null;
    if (arrival && !(latest && leavesPage(arrival))) latest = arrival;
    await letThrough(session, paused, arrival);
  };
  session.on("Fetch.requestPaused", (paused) => {
    handle(paused).catch((thrown) => log.debug({ reason: messageOf(thrown) }, "a document went away unread"));
  });
  // A headless shell asks for the proxy's password only where requests are watched from their beginning, and asks here.
  session.on("Fetch.authRequired", ({ requestId, authChallenge }) => {
    const { username, password } = proxy;
    const isProxy = authChallenge.source === "Proxy";
    const authChallengeResponse = isProxy
      ? { response: "ProvideCredentials" as const, username, password }
      : { response: "CancelAuth" as const };
    session.send("Fetch.continueWithAuth", { requestId, authChallengeResponse }).catch((thrown) => {
      log.debug({ reason: messageOf(thrown) }, "a document went away before it was let in");
    });
  });
  const patterns = [{ resourceType: "Document" as const, requestStage: "Request" as const }];
  await session.send("Fetch.enable", { patterns, handleAuthRequests: true });
  return { latest: () => latest };
}

/** Paused before it is sent: neither an answer nor the reason why there is none. */
function isQuestion({ responseStatusCode, responseErrorReason }: Paused): boolean {
  return responseStatusCode === undefined && responseErrorReason === undefined;
}

function isRedirect({ responseStatusCode: status = 0, responseHeaders = [] }: Paused): boolean {
  return status >= 300 && status < 400 && responseHeaders.some(({ name }) => name.toLowerCase() === "location");
}

/** A download or a 204 that a page starts by itself: the page stays where it is. */
function leavesPage(arrival: Arrival): boolean {
  return arrival.kind === "other" || (arrival.kind === "page" && arrival.status === 204);
}

async function arrivalOf(
  session: CDPSession,
  paused: Paused,
  proxy: EgressProxy,
  maxTextBytes: number,
): Promise<Arrival> {
  const url = paused.request.url + (paused.request.urlFragment ?? "");
  const status = paused.responseStatusCode;
  const incident = incidentOf(paused, proxy);
  if (incident || status === undefined) return { kind: "none", url, incident };
  const media = mediaOf(paused.responseHeaders ?? []);
  if (media.kind === "page" || status === 204) return { kind: "page", url, status };
  if (media.kind === "other") return { kind: "other", url, status, mediaType: media.mediaType };
  const { bytes, truncated } = await readBody(session, paused.requestId, maxTextBytes);
  return { kind: "text", url, status, text: decodeText(bytes, media.charset), truncated };
}

/** The proxy marks its own answers; of a tunnel that it refused, Chromium tells only that there is none. */
function incidentOf(paused: Paused, proxy: EgressProxy): Incident | null {
  const mark = paused.responseHeaders?.find(({ name }) => name.toLowerCase() === incidentHeader)?.value;
  if (mark !== undefined) return proxy.incidents.byId(mark);
  const target = paused.responseErrorReason === undefined ? null : targetOf(new URL(paused.request.url));
  return target && proxy.incidents.at(target);
}

async function readBody(session: CDPSession, requestId: string, maxBytes: number) {
  const { stream } = await session.send("Fetch.takeResponseBodyAsStream", { requestId });
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (!ended && length <= maxBytes) {
    const { data, base64Encoded, eof } = await session.send("IO.read", { handle: stream, size: 65_536 });
    const chunk = Buffer.from(data, base64Encoded ? "base64" : "utf8");
    chunks.push(chunk);
    length += chunk.length;
    ended = eof;
  }
  await session.send("IO.close", { handle: stream });
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: length > maxBytes };
}

async function letThrough(session: CDPSession, paused: Paused, arrival: Arrival | null): Promise<void> {
  const { requestId } = paused;
  if (arrival?.kind === "other") await session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
  else if (arrival?.kind === "text") {
    await session.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: arrival.status,
      responseHeaders: [{ name: "Content-Type", value: "text/plain; charset=utf-8" }],
      body: Buffer.from(arrival.text).toString("base64"),
    });
  } else if (paused.responseErrorReason !== undefined) await session.send("Fetch.continueRequest", { requestId });
  else await session.send("Fetch.continueResponse", { requestId });
}
