import { type NextRequest, NextResponse } from "next/server";
import { env } from "#/lib/env.ts";

/**
 * Two rules for every request. The server is addressed by a loopback name, or by one that the operator lists in
 * DEPUTY_HOSTS: a page of another site whose name was pointed at this machine gets nothing. And pages carry a content
 * security policy that lets nothing be loaded from elsewhere, whatever a model or a document wrote.
 */
const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function proxy(request: NextRequest): NextResponse {
  const name = (request.headers.get("host") ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!loopback.has(name) && !env().hosts.includes(name)) {
    const message = `This server does not answer to the name ${JSON.stringify(name)}; list it in DEPUTY_HOSTS to allow it.`;
    return NextResponse.json({ code: "unknown-host", message }, { status: 421 });
  }
  if (request.nextUrl.pathname.startsWith("/api/")) return NextResponse.next();

  const nonce = Buffer.from(crypto.randomUUID()).toString("base64");
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "no-referrer");
  response.headers.set("cross-origin-opener-policy", "same-origin");
  return response;
}

export const config = { matcher: ["/((?!_next/static|_next/image|icon.svg).*)"] };
