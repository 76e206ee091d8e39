import { randomUUID } from "node:crypto";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { followRun, stopFollowing } from "#/lib/run/follow-run.ts";
import { startRun } from "#/lib/run/start-run.ts";
import { closedLoop, Load } from "#/test/bench/harness/closed-loop.ts";
import { serve } from "#/test/bench/harness/serve.ts";
import { answerText, delegations, resultText } from "#/test/bench/harness/turn-script.ts";

/** Sends a message and follows its run to the last event, as the web process does. */
const context = openContext();
const never = new AbortController().signal;

async function takeTurn(): Promise<void> {
  const message = { conversationId: randomUUID(), messageId: randomUUID(), text: "Compare the three.", again: false };
  const { runId } = await startRun(context, message);
  const events: RunEvent[] = [];
  for await (const page of followRun(context, runId, 0, never)) events.push(...page);
  requireWhole(events);
}

function requireWhole(events: readonly RunEvent[]): void {
  const results = events.flatMap((event) => (event.type === "task.completed" ? event.data.result.text : []));
  const isWhole = delegations.every(({ agent }) => results.includes(resultText(agent))) && results.length === 3;
  const answer = events.map((event) => (event.type === "text.appended" && !event.data.note ? event.data.text : ""));
  if (isWhole && answer.join("").trim() === answerText && events.at(-1)?.type === "run.completed") return;
  throw new Error(
    `a turn is not whole: ${JSON.stringify(events.map(({ type, data }) => ({ type, data }))).slice(-2_000)}`,
  );
}

serve({ load: (question) => closedLoop(Load.parse(question), takeTurn) }, async () => {
  stopFollowing(context);
  await closeContext(context);
});
