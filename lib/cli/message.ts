import { text as allOf } from "node:stream/consumers";
import type { Terminal } from "#/lib/cli/terminal.ts";
import { DeputyError } from "#/lib/errors.ts";

/** The message that was given: the words of the command line, or standard input for `-` and for no words at all. */
export async function messageFrom(words: readonly string[], stdin: Terminal["stdin"]): Promise<string> {
  const text = isPiped(words, stdin) ? await allOf(stdin) : words.join(" ");
  if (text.trim() !== "") return text;
  throw new DeputyError(
    "usage",
    'There is no message. Write it behind the command, `deputy ask "..."`, or pipe it in.',
  );
}

function isPiped(words: readonly string[], stdin: Terminal["stdin"]): boolean {
  return (words.length === 1 && words[0] === "-") || (words.length === 0 && stdin.isTTY !== true);
}
