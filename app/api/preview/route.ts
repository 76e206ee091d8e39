import { z } from "zod";
import { ok, readJson, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { estimateMessage, readMessage } from "#/lib/run/read-message.ts";

const MOST_BYTES = 1_024 * 1_024;
const Body = z.object({ text: z.string().max(100_000) });

/** What a message would dispatch, what that is expected to take, and what is wrong with it; changes nothing. */
export const POST = route(async (request: Request) => {
  const { text } = await readJson(request, Body, MOST_BYTES);
  const read = await readMessage(context(), text);
  const estimate = await estimateMessage(context(), read);
  return ok({ delegates: read.delegates, ...read.report, ...(estimate && { estimate }) });
});
