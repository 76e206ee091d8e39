import type { Arrival } from "#/agents/browser/documents.ts";
import { nameOfMedia } from "#/agents/browser/media.ts";
import type { Incident } from "#/lib/egress/incident.ts";
import type { EgressProxy } from "#/lib/egress/proxy.ts";
import { asDeputyError, DeputyError, messageOf } from "#/lib/errors.ts";

/** What Chromium calls a fault, the words for it, and whether another attempt can help. */
const networkFaults: readonly (readonly [RegExp, string, boolean])[] = [
  [/ERR_NAME_NOT_RESOLVED/, "its name could not be found", false],
  [/ERR_CONNECTION_REFUSED/, "it refused the connection", true],
  [/ERR_(CONNECTION_)?TIMED_OUT/, "it did not answer in time", true],
  [/ERR_CERT_DATE_INVALID/, "its TLS certificate is out of date", false],
  [/ERR_CERT_AUTHORITY_INVALID/, "its TLS certificate comes from an unknown authority", false],
  [/ERR_CERT_COMMON_NAME_INVALID/, "its TLS certificate belongs to another name", false],
  [/ERR_(CERT_|SSL_|BAD_SSL|ECH_)/, "a secure connection could not be made (TLS)", false],
  [/ERR_TOO_MANY_REDIRECTS/, "it redirects without end", false],
  [
    /ERR_(UNSAFE_REDIRECT|UNKNOWN_URL_SCHEME|DISALLOWED_URL_SCHEME)/,
    "it redirects to an address that is not http or https",
    false,
  ],
  [/ERR_UNSAFE_PORT/, "its port is one that browsers refuse", false],
  [
    /ERR_(INVALID_HTTP_RESPONSE|INVALID_CHUNKED_ENCODING|CONTENT_DECODING_FAILED|RESPONSE_HEADERS_)/,
    "its answer is not valid HTTP",
    false,
  ],
  [
    /ERR_(EMPTY_RESPONSE|CONNECTION_(CLOSED|RESET|ABORTED)|CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING|HTTP2_|QUIC_|TUNNEL_)/,
    "the connection broke off",
    true,
  ],
];

/** The error for a navigation that brought no document to read. */
export function arrivalFault(requestedUrl: string, arrival: Arrival | null, reason: string): DeputyError {
  const url = arrival?.url ?? requestedUrl;
  const led = sameAddress(url, requestedUrl) ? "" : `${requestedUrl} leads to ${url}. `;
  if (arrival?.kind === "none" && arrival.incident) return incidentFault(arrival.incident, led);
  if (arrival?.kind === "other") {
    const what = nameOfMedia(arrival.mediaType);
    return new DeputyError(
      "unsupported-content",
      `${led}${url} is ${what}; the browser agent reads web pages and text.`,
    );
  }
  const known = networkFaults.find(([pattern]) => pattern.test(reason));
  if (known)
    return new DeputyError("page-unreachable", `${led}${url} could not be opened: ${known[1]}.`, {
      retryable: known[2],
    });
  return new DeputyError("page-unreachable", `${led}${url} could not be opened: ${chromiumsWord(reason)}.`, {
    retryable: true,
  });
}

/** Anything that went wrong during a visit, as an error that says whether another attempt can help. */
export function visitFault(thrown: unknown, url: string, proxy: EgressProxy): DeputyError {
  const isOwn = thrown instanceof DeputyError;
  const spent = proxy.spent();
  if (spent !== null && (!isOwn || thrown.code === "page-unreachable")) {
    return new DeputyError("page-too-large", `${url} was cut off: it reached ${spent} of one task.`, { cause: thrown });
  }
  if (!isOwn && isBrowserGone(messageOf(thrown))) {
    const message = "The browser ended while the page was open.";
    return new DeputyError("browser-crashed", message, { retryable: true, cause: thrown });
  }
  return asDeputyError(thrown, "browser-failed", true);
}

/** The error for what the proxy did not connect to. */
function incidentFault(incident: Incident, before = ""): DeputyError {
  const message = before + incident.reason;
  switch (incident.kind) {
    case "refused":
      return new DeputyError("address-refused", message);
    case "over-limit":
      return new DeputyError("page-too-large", message);
    case "not-found":
      return new DeputyError("host-not-found", message, { retryable: /EAI_AGAIN|did not answer/.test(message) });
    case "unreachable":
      return new DeputyError("page-unreachable", message, { retryable: true });
  }
}

/** What Playwright says when it has lost its browser, context or page. */
export function isBrowserGone(reason: string): boolean {
  return /has been closed|disconnected|Target crashed|Target closed|Session closed/i.test(reason);
}

function chromiumsWord(reason: string): string {
  return /net::[A-Z0-9_]+/.exec(reason)?.[0] ?? reason.split("\n")[0]?.replace(/^page\.goto: /, "") ?? reason;
}

function sameAddress(a: string, b: string): boolean {
  return a.replace(/#.*$/s, "") === b.replace(/#.*$/s, "");
}
