import { z } from "zod";
import { route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { DeputyError } from "#/lib/errors.ts";
import { readArtifact } from "#/lib/run/read-artifact.ts";

/** Only images are shown in place; whatever else an agent stored comes as a download that can run nothing. */
const shownInPlace = new Set(["image/png", "image/jpeg"]);

export const GET = route(async (_request: Request, { params }: { params: Promise<{ id: string }> }) => {
  const { id } = await params;
  const artifact = z.guid().safeParse(id).success ? await readArtifact(context(), id) : null;
  if (artifact === null) throw new DeputyError("not-found", `There is no artifact ${id}.`);
  const inPlace = shownInPlace.has(artifact.mediaType);
  return new Response(new Uint8Array(artifact.body), {
    headers: {
      "content-type": inPlace ? artifact.mediaType : "application/octet-stream",
      "content-disposition": inPlace ? "inline" : "attachment",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=31536000, immutable",
    },
  });
});
