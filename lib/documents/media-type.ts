/** The kinds of document that can be read, by the ends of their names. */
const mediaTypes: Readonly<Record<string, MediaType>> = {
  md: "text/markdown",
  markdown: "text/markdown",
  mdx: "text/mdx",
  txt: "text/plain",
  text: "text/plain",
  html: "text/html",
  htm: "text/html",
};

export type MediaType = "text/markdown" | "text/mdx" | "text/plain" | "text/html";

/** Null when a file of this name is not a document. */
export function mediaTypeOf(path: string): MediaType | null {
  const end = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  return (end !== undefined && mediaTypes[end]) || null;
}

/** A media type as it was declared, parameters and all; null when documents of this type cannot be read. */
export function readableMediaType(declared: string): MediaType | null {
  const name = declared.split(";")[0]?.trim().toLowerCase();
  if (name === "text/x-markdown") return "text/markdown";
  return Object.values(mediaTypes).find((type) => type === name) ?? null;
}
