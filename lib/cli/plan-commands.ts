import { type Command, InvalidArgumentError } from "commander";
import type { ReplanOptions } from "#/lib/cli/replan.ts";
import type { Terminal } from "#/lib/cli/terminal.ts";

type Options = Omit<ReplanOptions, "url">;

/** The commands that change the plan of a run and read its board. */
export function addPlanCommands(
  program: Command,
  terminal: Terminal,
  settle: (status: number) => void,
  urlOf: (program: Command) => Promise<string>,
): void {
  program
    .command("replan")
    .description("change what has not started of a run: drop tasks, change one, add one")
    .argument("<run>", "the id of the run")
    .option("--drop <tasks>", "references of tasks that are not to run, such as t3,t4", listOf)
    .option("--change <task>", "the reference of a task that is to be another, with the options below")
    .option("--add <agent>", "one more task for this agent (any, or can:<capability>), with the options below")
    .option("--task <text>", "what is to be done")
    .option("--agent <agent>", "who is to do the changed task")
    .option("--after <tasks>", "references of the tasks that it waits for; none: it waits for nothing", listOf)
    .option("--priority <priority>", "high, normal or low")
    .option("--timeout <seconds>", "whole seconds for one attempt", secondsOf)
    .option("--reason <text>", "why; shown in the conversation")
    .option("--json", "print one JSON object")
    .action(async (run: string, options: Options) => {
      const { replan } = await import("#/lib/cli/replan.ts");
      settle(await replan(run, { ...options, url: await urlOf(program) }, terminal));
    });
  program
    .command("board")
    .description("print what agents and people have posted on the board of a run")
    .argument("<run>", "the id of the run")
    .option("--json", "print one JSON object")
    .action(async (run: string, options: { json?: boolean }) => {
      const { board } = await import("#/lib/cli/board.ts");
      settle(await board(run, { ...options, url: await urlOf(program) }, terminal));
    });
}

function listOf(text: string, before: readonly string[] = []): string[] {
  const refs = text.split(",").map((ref) => ref.trim());
  return [...before, ...refs.filter((ref) => ref !== "" && ref !== "none")];
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("It must be a whole number of seconds.");
}
