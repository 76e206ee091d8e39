import { PassThrough, Readable } from "node:stream";
import { main } from "#/lib/cli/main.ts";
import type { Output } from "#/lib/cli/terminal.ts";

/** What one command line left behind. */
export type Typed = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** Runs a command line in this process; `input` is what is piped in, without it standard input is a terminal. */
export async function typed(words: readonly string[], options: { input?: string; tty?: boolean } = {}): Promise<Typed> {
  const stdout = collector(options.tty);
  const stderr = collector(options.tty);
  const stdin =
    options.input === undefined ? Object.assign(new PassThrough(), { isTTY: true }) : Readable.from([options.input]);
  const status = await main(words, { stdin, stdout, stderr });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(tty = false): Output & { text(): string } {
  let all = "";
  return {
    isTTY: tty,
    hasColors: () => tty,
    write: (text: string) => {
      all += text;
      return true;
    },
    text: () => all,
  };
}
