import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { exitStatus, statusOf } from "#/lib/cli/exit-status.ts";
import { addPlanCommands } from "#/lib/cli/plan-commands.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import type { Env } from "#/lib/env.ts";
import { asDeputyError, DeputyError } from "#/lib/errors.ts";

/**
 * Runs one command line (without node and script) and resolves with its exit status. Each command loads what it needs when
 * it is called, so that `deputy parse` starts at once. Never throws for what a person can mend: that is said on `stderr`.
 */
export async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = exitStatus.done;
  const program = deputy(terminal, (result) => {
    status = result;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
    if (!(error instanceof DeputyError)) throw error;
    writeLine(terminal.stderr, `deputy: ${error.message}`);
    return statusOf(error.code);
  }
}

type Settle = (status: number) => void;

function deputy(terminal: Terminal, settle: Settle): Command {
  const program = new Command("deputy")
    .description("Talks to a running Deputy server: ask, watch, and read what a team of agents did.")
    .version(version())
    .option("--url <address>", "the server (default: DEPUTY_URL, else http://127.0.0.1:<PORT>)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError("(`deputy --help` lists the commands, `deputy <command> --help` the options of one)");
  addRunCommands(program, terminal, settle);
  addSteeringCommands(program, terminal, settle);
  addPlanCommands(program, terminal, settle, urlOf);
  addDeadLetterCommands(program, terminal, settle);
  addWorkflowCommands(program, terminal, settle);
  addToolCommands(program, terminal, settle);
  return program;
}

function addRunCommands(program: Command, terminal: Terminal, settle: Settle): void {
  program
    .command("ask")
    .description("send a message, print the answer (progress goes to standard error)")
    .argument("[message...]", "the message; `-`, or nothing where something is piped in, reads standard input")
    .option("--jsonl", "print the events of the run instead, one JSON object a line")
    .option("--conversation <id>", "go on in this conversation; a new one unless given")
    .action(async (message: string[], options: { jsonl?: boolean; conversation?: string }) => {
      const { ask } = await import("#/lib/cli/ask.ts");
      settle(await ask(message, { ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("runs")
    .description("list runs, newest first")
    .option("--limit <n>", "how many, 1 to 200 (default: 50)", limitOf)
    .option("--json", "print one JSON object")
    .action(async (options: { limit?: number; json?: boolean }) => {
      const { runs } = await import("#/lib/cli/runs.ts");
      settle(await runs({ ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("show")
    .description("print the state of a run and its transcript, one line an event")
    .argument("<run>", "the id of the run")
    .option("--json", "print one JSON object")
    .action(async (run: string, options: { json?: boolean }) => {
      const { show } = await import("#/lib/cli/show.ts");
      settle(await show(run, { ...options, url: await urlOf(program) }, terminal));
    });
}

function addSteeringCommands(program: Command, terminal: Terminal, settle: Settle): void {
  program
    .command("cancel")
    .description("cancel a run and its tasks, or one task of it")
    .argument("<run>", "the id of the run")
    .option("--task <task>", "cancel this task alone: its reference in the run, such as t1, or its id")
    .action(async (run: string, options: { task?: string }) => {
      const { cancel } = await import("#/lib/cli/cancel.ts");
      settle(await cancel(run, { ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("pause")
    .description("let nothing new of a run start; what is under way ends and is kept")
    .argument("<run>", "the id of the run")
    .option("--reason <text>", "why; shown in the conversation")
    .action(async (run: string, options: { reason?: string }) => {
      const { pause } = await import("#/lib/cli/pause.ts");
      settle(await pause(run, { ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("resume")
    .description("let a paused run go on where it stood")
    .argument("<run>", "the id of the run")
    .action(async (run: string) => {
      const { resume } = await import("#/lib/cli/pause.ts");
      settle(await resume(run, { url: await urlOf(program) }, terminal));
    });
}

function addDeadLetterCommands(program: Command, terminal: Terminal, settle: Settle): void {
  type Options = { limit?: number; json?: boolean };
  const letters = program
    .command("dead-letters")
    .description("tasks that failed for good: list, show, retry or drop them");
  letters
    .command("list", { isDefault: true })
    .description("list them, newest first")
    .option("--limit <n>", "how many, 1 to 200 (default: 50)", limitOf)
    .option("--json", "print one JSON object")
    .action(async (options: Options) => {
      const { listDeadLetters } = await import("#/lib/cli/dead-letters.ts");
      settle(await listDeadLetters({ ...options, url: await urlOf(program) }, terminal));
    });
  const addForOne = (name: keyof typeof forOne, description: string) =>
    letters
      .command(name)
      .description(description)
      .argument("<task>", "the id of the task")
      .option("--json", "print one JSON object")
      .action(async (task: string, options: Options) => {
        const act = (await import("#/lib/cli/dead-letters.ts"))[forOne[name]];
        settle(await act(task, { ...options, url: await urlOf(program) }, terminal));
      });
  addForOne("show", "print one with its payload and the history of the task");
  addForOne("retry", "try one again: in its run while that is under way, else in a new run of the conversation");
  addForOne("drop", "leave one failed, and list it no more");
}

const forOne = { show: "showDeadLetter", retry: "retryDeadLetter", drop: "dropDeadLetter" } as const;

function addWorkflowCommands(program: Command, terminal: Terminal, settle: Settle): void {
  const workflow = program
    .command("workflow")
    .description("graphs of tasks with holes, kept as files: list, check, run");
  workflow
    .command("list", { isDefault: true })
    .description("list those of the product and your own, with their inputs")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await readSettings();
      const { listCommand } = await import("#/lib/cli/workflow.ts");
      settle(await listCommand(options, terminal));
    });
  workflow
    .command("show")
    .description("print the file of one")
    .argument("<name>", "its name, or a file")
    .action(async (name: string) => {
      await readSettings();
      const { showCommand } = await import("#/lib/cli/workflow.ts");
      settle(await showCommand(name, terminal));
    });
  workflow
    .command("check")
    .description("name the line and the reason of each mistake in files")
    .argument("<file...>", "YAML or JSON files")
    .action(async (files: string[]) => {
      const { checkCommand } = await import("#/lib/cli/workflow.ts");
      settle(await checkCommand(files, { url: await urlOf(program) }, terminal));
    });
  workflow
    .command("run")
    .description("run one and print what it brings (progress goes to standard error)")
    .argument("<name>", "its name, or a file")
    .option("--set <name=value>", "fill a hole; once for each input", collect)
    .option("--json", "print one JSON object with the outcome of each step instead")
    .action(async (name: string, options: { set?: string[]; json?: boolean }) => {
      await readSettings();
      const { runCommand } = await import("#/lib/cli/workflow-run.ts");
      settle(await runCommand(name, { ...options, url: await urlOf(program) }, terminal));
    });
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function addToolCommands(program: Command, terminal: Terminal, settle: Settle): void {
  program
    .command("agents")
    .description("list the agents and who of them is running")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      const { agents } = await import("#/lib/cli/agents.ts");
      settle(await agents({ ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("ingest")
    .description("add files and folders of Markdown, text and HTML to what the knowledge agent searches")
    .argument("<path...>", "files and folders")
    .option("--quiet", "print nothing but what was skipped and the summary")
    .action(async (paths: string[], options: { quiet?: boolean }) => {
      const { runIngest } = await import("#/lib/cli/ingest.ts");
      const { stdout, stderr } = terminal;
      settle(await runIngest(paths, { ...options, url: await urlOf(program), stdout, stderr }));
    });
  program
    .command("parse")
    .description("read a model's output from standard input, print which actions it holds and why others do not run")
    .option("--phase <phase>", "the phase the output starts in: PLANNING, EXECUTING, VERIFYING or LEARNING")
    .option("--chunk <n>", "feed it n UTF-16 units at a time")
    .option("--finish <how>", "how the output ended: stop, length or error")
    .option("--user", "read it as a user's message")
    .option("--batch", 'read JSON lines {"id","text",...}, answer one JSON line each')
    .action(async (options: Record<string, string | boolean>) => {
      const { runParse } = await import("#/lib/cli/parse.ts");
      settle(await runParse(options, terminal.stdin, terminal.stdout));
    });
  program
    .command("addresses")
    .description("print where Postgres and Redis are, as `export` lines for the shell of a program")
    .action(async () => {
      const settings = await readSettings();
      const { addresses } = await import("#/lib/cli/addresses.ts");
      settle(addresses(settings, terminal));
    });
  program
    .command("doctor")
    .description("say what is found on this machine, what is missing, and what to do")
    .option("--json", "print one JSON object")
    .action(async (options: { json?: boolean }) => {
      await readSettings();
      const { doctor } = await import("#/lib/cli/doctor.ts");
      settle(await doctor(options, terminal));
    });
}

/** The server's address: --url, else the settings, which are read only where they are needed. */
async function urlOf(program: Command): Promise<string> {
  return program.opts<{ url?: string }>().url ?? (await readSettings()).serverUrl;
}

/** As `npm start` reads them: what `.env` says counts where the environment says nothing. */
async function readSettings(): Promise<Env> {
  const file = fileURLToPath(new URL("../../.env", import.meta.url));
  if (existsSync(file)) process.loadEnvFile(file);
  const { env } = await import("#/lib/env.ts");
  try {
    return env();
  } catch (error) {
    throw asDeputyError(error, "usage");
  }
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new InvalidArgumentError("It must be a whole number from 1 to 200.");
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
