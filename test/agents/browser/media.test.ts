import { describe, expect, test } from "vitest";
import { decodeText, mediaOf, nameOfMedia } from "#/agents/browser/media.ts";

const kindOf = (type: string | null, disposition?: string) =>
  mediaOf([
    ...(type === null ? [] : [{ name: "content-TYPE", value: type }]),
    ...(disposition ? [{ name: "Content-Disposition", value: disposition }] : []),
  ]).kind;

describe("media", () => {
  test.each([
    [null, "page"],
    ["text/html; charset=utf-8", "page"],
    ["application/xhtml+xml", "page"],
    ["TEXT/Plain", "text"],
    ["application/json", "text"],
    ["application/vnd.api+json; charset=utf-8", "text"],
    ["application/rss+xml", "text"],
    ["text/csv", "text"],
    ["image/svg+xml", "other"],
    ["image/png", "other"],
    ["application/pdf", "other"],
    ["application/octet-stream", "other"],
    ["video/mp4", "other"],
  ])("%s is %s", (type, kind) => {
    expect(kindOf(type)).toBe(kind);
  });

  test("an attachment is read when it is text, and is a download otherwise", () => {
    expect(kindOf("text/csv", "attachment; filename=x.csv")).toBe("text");
    expect(kindOf("text/html", "Attachment")).toBe("other");
    expect(kindOf("text/html", "inline")).toBe("page");
  });

  test("text is decoded as it says, and as UTF-8 when it says nonsense", () => {
    expect(
      decodeText(
        Buffer.from("Caf\xe9", "latin1"),
        mediaOf([{ name: "Content-Type", value: 'text/plain; charset="ISO-8859-1"' }]).charset,
      ),
    ).toBe("Café");
    expect(decodeText(Buffer.from("Café"), "klingon")).toBe("Café");
  });

  test("a type is named for people", () => {
    expect(nameOfMedia("application/pdf")).toBe("a PDF document (application/pdf)");
    expect(nameOfMedia("")).toBe("a file of unknown type");
  });
});
