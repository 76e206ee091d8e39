/**
 * The address that a link may open: http(s), mailto, or a path of this product; null for anything else. Text of models,
 * pages and documents reaches this, so the address is judged as the browser will read it, not as it is written.
 */
export function safeUrl(url: string): string | null {
  const base = "http://here.invalid";
  if (!URL.canParse(url, base)) return null;
  const { protocol, origin } = new URL(url, base);
  if (origin === base) return /^[/#?]/.test(url) ? url : null;
  return ["http:", "https:", "mailto:"].includes(protocol) ? url : null;
}
