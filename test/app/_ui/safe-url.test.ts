import { describe, expect, test } from "vitest";
import { safeUrl } from "#/app/_ui/safe-url.ts";

describe("safeUrl", () => {
  test.each([
    "https://example.com/a?b=c",
    "http://example.com",
    "mailto:a@example.com",
    "/documents/d1#passage-4",
    "#note",
  ])("lets %s through", (url) => expect(safeUrl(url)).toBe(url));

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "blob:http://here.invalid/x",
    "http://",
  ])("refuses %j", (url) => expect(safeUrl(url)).toBeNull());
});
