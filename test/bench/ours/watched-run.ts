import { randomUUID } from "node:crypto";
import { z } from "zod";

const Runs = z.object({ runs: z.array(z.object({ id: z.string(), conversationId: z.string() })) });

/** Starts a run over HTTP whose agent tells its progress at a rate, and gives the address of its events. */
export async function startWatchedRun(url: string, rate: number, seconds: number): Promise<string> {
  const conversationId = randomUUID();
  const response = await fetch(`${url}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      id: conversationId,
      messages: [
        {
          id: randomUUID(),
          role: "user",
          parts: [{ type: "text", text: `/delegate knowledge pulse ${rate} ${seconds}` }],
        },
      ],
    }),
  });
  await response.body?.cancel();
  const { runs } = Runs.parse(await (await fetch(`${url}/api/runs`)).json());
  const run = runs.find((candidate) => candidate.conversationId === conversationId);
  if (run === undefined) throw new Error(`no run was started: ${response.status}`);
  return `${url}/api/runs/${run.id}/events?after=0`;
}
