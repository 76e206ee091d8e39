import { z } from "zod";
import { ok, readJson, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { readUserMessage } from "#/lib/actions/user-message.ts";
import { userRunGate } from "#/lib/run/run-gate.ts";

const MOST_BYTES = 1_024 * 1_024;
const Body = z.object({ text: z.string().max(100_000) });

/** What a message would dispatch, and what is wrong with it; changes nothing. */
export const POST = route(async (request: Request) => {
  const { text } = await readJson(request, Body, MOST_BYTES);
  const { delegates, report } = readUserMessage(text, { gate: userRunGate(context().env.budgets.tasks) });
  return ok({ delegates, ...report });
});
