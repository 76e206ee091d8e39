/** A line of Markdown without its markup: links and images become their text, emphasis and code marks go. */
export function plainText(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\][]*)\]\([^()\s]*(?:\s"[^"]*")?\)/g, "$1")
    .replaceAll(/<\/?[A-Za-z][^<>]*>/g, "")
    .replaceAll(/(`+|\*\*|__|~~)/g, "")
    .replaceAll(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim();
}
