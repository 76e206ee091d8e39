import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { MINUTE, within } from "#/lib/clock.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { ownName } from "#/lib/protocol/passage.ts";

const Answer = z.object({
  results: z.array(z.object({ origin: z.string(), outcome: z.enum(["added", "updated", "unchanged", "skipped"]) })),
});

type Document = { readonly origin: string; readonly mediaType: string; readonly content: string };

/**
 * Hands the product's own documentation to the running server, so that questions about it have something to be answered
 * from; what has not changed costs nothing. Gives the number of documents that are new or changed. Throws when the server
 * refuses them.
 */
export async function ingestOwnDocuments(baseUrl: string): Promise<number> {
  const request = fetch(`${baseUrl}/api/documents`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ documents: ownDocuments() }),
  });
  const response = await within(MINUTE, request, () => new Error("no answer within a minute"));
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const { results } = Answer.parse(await response.json());
  return results.filter(({ outcome }) => outcome === "added" || outcome === "updated").length;
}

export function ownDocuments(): Document[] {
  const docs = existsSync(join(projectRoot, "docs"))
    ? readdirSync(join(projectRoot, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name))
    : [];
  const origins = ["README.md", ...docs].filter((name) => name.endsWith(".md") && existsSync(join(projectRoot, name)));
  return origins.sort().map((origin) => ({
    origin,
    mediaType: "text/markdown",
    content: named(readFileSync(join(projectRoot, origin), "utf8")),
  }));
}

/** Among other documents a page must say whose it is: "Delivery" is found and shown as "Deputy: Delivery". */
function named(markdown: string): string {
  return markdown.replace(/^# (?!Deputy\b)/, `# ${ownName}: `);
}
