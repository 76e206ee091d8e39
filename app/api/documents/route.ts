import { z } from "zod";
import { ok, readJson, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { ingest } from "#/lib/documents/ingest.ts";

/** One document of the largest size that is taken, with room for what JSON adds to it. */
const MOST_BYTES = 24 * 1024 * 1024;

const Body = z.object({
  documents: z
    .array(
      z.object({
        origin: z
          .string()
          .trim()
          .min(1)
          .max(2_000)
          .regex(/^\P{Cc}+$/u, "must not hold control characters"),
        mediaType: z.string().min(1).max(200),
        content: z.string(),
      }),
    )
    .min(1)
    .max(500),
});

/** Makes documents searchable; one that cannot be read is skipped with the reason, the others are stored. */
export const POST = route(async (request: Request) => {
  const input = await readJson(request, Body, MOST_BYTES);
  return ok({ results: await ingest(context(), input) });
});
