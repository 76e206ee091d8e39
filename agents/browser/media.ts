/** What the browser agent can do with an answer: show it as a page, read it as text, or neither. */
export type Media = { readonly kind: "page" | "text" | "other"; readonly mediaType: string; readonly charset: string };

const pages = ["", "text/html", "application/xhtml+xml", "multipart/x-mixed-replace"];
const texts =
  /^(text\/.*|application\/(json|ld\+json|xml|javascript|ecmascript|x-ndjson|jsonl|yaml|x-yaml|toml|sql|graphql|csv|markdown)|.*\+(json|xml|yaml))$/;
const drawings = /^image\//;

/** Reads the headers of an answer (any letter case). An attachment is text when its type is, and otherwise a download. */
export function mediaOf(headers: readonly { name: string; value: string }[]): Media {
  const header = (wanted: string) => headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? "";
  const contentType = header("content-type").toLowerCase();
  const mediaType = contentType.split(";")[0]?.trim() ?? "";
  const charset = /charset\s*=\s*"?([^\s";]+)/.exec(contentType)?.[1] ?? "utf-8";
  const attached = /^\s*attachment\b/i.test(header("content-disposition"));
  return { kind: kindOf(mediaType, attached), mediaType, charset };
}

function kindOf(mediaType: string, attached: boolean): Media["kind"] {
  if (pages.includes(mediaType)) return attached ? "other" : "page";
  return texts.test(mediaType) && !drawings.test(mediaType) ? "text" : "other";
}

/** The name of a type as a person knows it. */
export function nameOfMedia(mediaType: string): string {
  if (mediaType === "application/pdf") return "a PDF document (application/pdf)";
  if (mediaType.startsWith("image/")) return `an image (${mediaType})`;
  if (mediaType.startsWith("audio/") || mediaType.startsWith("video/")) return `a recording (${mediaType})`;
  return mediaType === "" ? "a file of unknown type" : `a file of the type ${mediaType}`;
}

/** Bytes to text; an unknown or wrong charset is read as UTF-8. */
export function decodeText(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
