import { z } from "zod";
import { Note } from "#/lib/protocol/orchestration.ts";
import { delegation } from "#/test/demo/blocks.ts";
import { type Check, check } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import type { Story } from "#/test/demo/story.ts";

/** Each document names the next one only by what it says: nobody who reads one of them finds the number. */
const pieces = ["vault-orion.md", "firm-kestrel.md", "notary-aldous.md"].map((name) => `demo/documents/${name}`);
const question = "Which number opens the vault Orion?";
const solution = "4711";

const Board = z.object({ notes: z.array(Note) });

export const blackboard: Pattern = {
  name: "blackboard",
  promise: "agents post what they find and read what others posted; a puzzle in three pieces is solved only that way",
  async play(stage) {
    const alone = await stage.ask("Three agents, a document each, without a board", blocks(false));
    const together = await stage.ask("The same three, over the board of their run", blocks(true));
    const { notes } = await stage.server.get(`/api/runs/${together.runId}/board`, Board);
    return judgeBoard(alone, together, notes);
  },
};

function blocks(board: boolean): string {
  const one = (document: string) =>
    delegation({
      AGENT_TYPE: "knowledge",
      TASK: question,
      INPUT: { ...(board && { board }), documents: [document] },
    });
  return pieces.map(one).join("\n");
}

export function judgeBoard(alone: Story, together: Story, notes: readonly Note[]): Check[] {
  const facts = notes.filter(({ kind, retracted }) => kind === "fact" && !retracted);
  const retracted = notes.filter((note) => note.retracted);
  const authors = [...new Set(facts.map(({ author }) => author))];
  const solvers = together.tasks.filter(({ result }) => result?.text.includes(solution));
  return [
    check(
      "without the board nobody finds the number",
      alone.tasks.length === 3 && !tells(alone),
      `neither the answer nor one of ${alone.tasks.length} results holds ${solution}`,
    ),
    check(
      "over the board the answer holds it",
      together.answer.includes(solution) && solvers.length === 3,
      `the answer and ${solvers.length} of ${together.tasks.length} results hold ${solution}`,
    ),
    check(
      "each piece was posted by another agent, with author, time and source",
      authors.length === 3 && facts.every(({ at, source }) => at !== "" && source !== undefined),
      facts.map(({ author, text }) => `${author}: ${text}`).join(" "),
    ),
    check(
      "questions that were answered were taken back by who asked them",
      retracted.length > 0 && retracted.every(({ kind }) => kind === "question"),
      `${retracted.length} of ${notes.length} notes were retracted`,
    ),
  ];
}

function tells({ answer, tasks }: Story): boolean {
  return [answer, ...tasks.map(({ result }) => result?.text ?? "")].some((text) => text.includes(solution));
}
