export type ShortForm = {
  readonly command: string;
  /** What it does, in a few words. */
  readonly does: string;
  /** How a message of this form goes on, as an example. */
  readonly example: string;
};

/** How a person delegates with the first line of a message: docs/delegations.md. */
export const shortForms: readonly ShortForm[] = [
  { command: "/delegate", does: "one task", example: "knowledge Research X" },
  { command: "/parallel", does: "several tasks at once", example: "then a line for each: knowledge: Research X" },
  { command: "/sequential", does: "one task after the other", example: "then a line for each: knowledge: Research X" },
  { command: "/consensus", does: "several agents vote", example: "3 knowledge Is X true?" },
  { command: "/market", does: "agents bid for a task", example: "any Research X" },
  { command: "/hierarchical", does: "an agent that may delegate", example: "planner Plan X" },
  { command: "/board", does: "tasks that share a board", example: "then a line for each: knowledge: Research X" },
  { command: "/workflow", does: "a graph that is kept as a file", example: "research-and-plan topic=X" },
];

/** True for a message that begins with a short form. */
export function isShortForm(text: string): boolean {
  const [word = ""] = text.split(/\s/, 1);
  return shortForms.some(({ command }) => command === word);
}

/** The forms that a message may become of which only the beginning of the first word is written. */
export function formsBeginningWith(text: string): readonly ShortForm[] {
  return /^\/[a-z]*$/.test(text)
    ? shortForms.filter(({ command }) => command.startsWith(text) && command !== text)
    : [];
}
