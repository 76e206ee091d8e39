import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Server } from "#/lib/cli/server.ts";
import { startRun } from "#/lib/cli/start-run.ts";
import { styled, type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import type { Check } from "#/test/demo/check.ts";
import { type Following, follow } from "#/test/demo/follow.ts";
import type { Story } from "#/test/demo/story.ts";

/** A way of working together: shown in the running system, and checked against what the log says. */
export type Pattern = {
  readonly name: string;
  /** What is promised, in a sentence. */
  readonly promise: string;
  play(stage: Stage): Promise<Check[]>;
};

const Started = z.looseObject({ runId: z.string() });

/** What a pattern is lent: the server, as a stranger reaches it, and a place to show what happens. */
export class Stage {
  readonly server: Server;
  readonly #output: Terminal["stdout"];
  readonly #links: boolean;

  /** `links`: whether the transcripts can still be opened when all is over. */
  constructor(server: Server, output: Terminal["stdout"], links: boolean) {
    this.server = server;
    this.#output = output;
    this.#links = links;
  }

  /** Sends a message to a new conversation and follows its run to the end. */
  async ask(remark: string, text: string): Promise<Story> {
    return (await this.begin(remark, text)).ended();
  }

  /** The same, without waiting. */
  async begin(remark: string, text: string): Promise<Following> {
    this.say(remark);
    for (const line of linesOf(text)) this.#write(`    > ${line}`);
    const question = { text, conversationId: randomUUID() };
    const starting = { signal: new AbortController().signal, onDelay: ({ message }: Error) => this.say(message) };
    return this.#follow(await startRun(this.server, question, starting));
  }

  /** Posts a graph of tasks as JSON, as a program does, and follows its run to the end. */
  async order(remark: string, graph: { readonly title: string; readonly tasks: readonly object[] }): Promise<Story> {
    this.say(`${remark} (POST /api/runs)`);
    for (const task of graph.tasks) this.#write(`    > ${JSON.stringify(task)}`);
    const { runId } = await this.server.post("/api/runs", graph, Started);
    return this.#follow(runId).ended();
  }

  say(text: string): void {
    writeLine(this.#output, styled(this.#output, "bold", `  ${text}`));
  }

  #follow(runId: string): Following {
    if (this.#links) this.#write(`    ${this.server.url}/runs/${runId}`);
    return follow(this.server, runId, (line) => this.#write(`  ${line}`));
  }

  #write(line: string): void {
    writeLine(this.#output, styled(this.#output, "dim", line));
  }
}

/** A block on one line, its own lines parted by bars. */
function linesOf(message: string): string[] {
  return message.split(/(?<=^---END---)\n/m).flatMap((part) => {
    return part.startsWith("ACTION:") ? [part.replaceAll("\n", " | ")] : part.split("\n");
  });
}
