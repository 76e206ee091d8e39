import { type NextRequest, NextResponse } from "next/server";
import { requireOwnName } from "#/app/own-name.ts";
import { DeputyError } from "#/lib/errors.ts";

/**
 * Two rules for every page. It is given to who addresses the server by its own name; and it carries a content security policy
 * that lets nothing be loaded from elsewhere, whatever a model or a document wrote. The interface below /api keeps the first
 * one itself (`route`): to pass this function costs a request as much again as its handling.
 */
export function proxy(request: NextRequest): NextResponse {
  try {
    requireOwnName(request.headers.get("host"));
  } catch (thrown) {
    if (!(thrown instanceof DeputyError)) throw thrown;
    return NextResponse.json({ code: thrown.code, message: thrown.message }, { status: 421 });
  }
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

export const config = { matcher: ["/((?!api/|_next/static|_next/image|icon.svg).*)"] };
