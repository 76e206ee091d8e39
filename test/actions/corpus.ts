import { readdirSync, readFileSync } from "node:fs";
import type { Finish } from "#/lib/actions/judge.ts";
import { parseText, reportOf } from "#/lib/actions/parse-text.ts";
import { createParser } from "#/lib/actions/parser.ts";
import { readUserMessage } from "#/lib/actions/user-message.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { Block, ParseReport, Span } from "#/lib/protocol/action.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/**
 * The corpus in test/fixtures/actions. A case is
 *
 *   === its name
 *   @@ phase=PLANNING finish=length taken=a,b user       options, if any
 *   the text; \u{D} is the character with that number; an empty line at its end gives it a last line end
 *   => what is expected, one line each, see `Expected`
 */
export type Case = {
  readonly name: string;
  readonly text: string;
  readonly options: CaseOptions;
  readonly expected: Expected;
};

export type CaseOptions = {
  readonly phase: Phase;
  readonly finish: Finish;
  readonly taken: readonly string[];
  readonly user: boolean;
};

export type Expected = {
  /** => accepted delegate {"some": "fields"} · => refused code words of the message · => ignored reason */
  readonly blocks: readonly ExpectedBlock[];
  /** => near "the line" */
  readonly nearMisses: readonly string[];
  /** => prose "all of it" */
  readonly prose?: string;
  /** => phase EXECUTING */
  readonly phase?: Phase;
};

export type ExpectedBlock = {
  readonly verdict: string;
  readonly kind?: string;
  readonly action?: object;
  readonly code?: string;
  readonly words?: string;
  readonly reason?: string;
  /** => span "what the block spans", of the block above */
  text?: string;
  /** => normalised none, or how many, of the block above */
  normalised?: number;
};

const folder = new URL("../fixtures/actions/", import.meta.url);

export const corpus: readonly Case[] = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .flatMap((name) => casesOf(readFileSync(new URL(name, folder), "utf8"), name.replace(".txt", "")));

export function parseCase({ text, options }: Pick<Case, "text" | "options">, chunk?: number): ParseReport {
  const { phase, finish, taken, user } = options;
  if (user) return readUserMessage(text, { phase, finish, taken, chunk }).report;
  return parseText(text, { gate: phaseGate(phase), finish, taken, chunk });
}

/** The same text, pushed in these pieces. A user's message is read whole. */
export function parsePieces(item: Pick<Case, "options">, pieces: readonly string[]): ParseReport {
  const { phase, finish, taken, user } = item.options;
  if (user) return parseCase({ ...item, text: pieces.join("") });
  const gate = phaseGate(phase);
  const parser = createParser({ gate, taken });
  const items = pieces.flatMap((piece) => parser.push(piece));
  return reportOf([...items, ...parser.end(finish)], gate.phase);
}

/** What the grammar's page calls prose, computed from the report's blocks alone. */
export function proseBySpans(text: string, blocks: readonly Block[]): string {
  const spans = blocks.flatMap((block): Span[] => (block.verdict === "ignored" ? [] : [block.span]));
  let prose = "";
  let at = text.startsWith("\ufeff") ? 1 : 0;
  for (const [from, to] of spans) {
    prose += withPlainLineEnds(text.slice(at, from));
    at = to + (/^(?:\r\n|\r|\n)/.exec(text.slice(to, to + 2))?.[0].length ?? 0);
  }
  return prose + withPlainLineEnds(text.slice(at));
}

/** Piece by piece: a CR before a block and an LF behind it are two line ends, also when the block is taken out. */
function withPlainLineEnds(piece: string): string {
  return piece.replace(/\r\n?/g, "\n");
}

function casesOf(page: string, title: string): Case[] {
  const [, ...sections] = page.replace(/\n$/, "").split(/^=== /m);
  return sections.map((section) => caseOf(section.replace(/\n$/, ""), title));
}

function caseOf(section: string, title: string): Case {
  const [name = "", ...lines] = section.split("\n");
  const options = lines[0]?.startsWith("@@ ") ? (lines.shift() ?? "") : "";
  const firstExpected = lines.findIndex((line) => line.startsWith("=> "));
  const end = firstExpected === -1 ? lines.length : firstExpected;
  const text = lines.slice(0, end).join("\n");
  return {
    name: `${title}: ${name}`,
    text: text.replace(/\\u\{([0-9A-F]+)\}/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16))),
    options: optionsOf(options),
    expected: expectedOf(lines.slice(end).filter((line) => line !== "")),
  };
}

function optionsOf(line: string): CaseOptions {
  const given = new Map(
    line
      .split(" ")
      .slice(1)
      .map((word) => word.split("=", 2) as [string, string]),
  );
  return {
    phase: (given.get("phase") ?? "EXECUTING") as Phase,
    finish: (given.get("finish") ?? "stop") as Finish,
    taken: given.get("taken")?.split(",") ?? [],
    user: given.has("user"),
  };
}

function expectedOf(lines: readonly string[]): Expected {
  const blocks: ExpectedBlock[] = [];
  const nearMisses: string[] = [];
  const rest: { prose?: string; phase?: Phase } = {};
  for (const line of lines) {
    const [, word = "", value = ""] = /^=> (\S+) ?(.*)$/.exec(line) ?? [];
    const last = blocks.at(-1);
    if (word === "near") nearMisses.push(JSON.parse(value));
    else if (word === "prose") rest.prose = JSON.parse(value);
    else if (word === "phase") rest.phase = value as Phase;
    else if (word === "span" && last) last.text = JSON.parse(value);
    else if (word === "normalised" && last) last.normalised = value === "none" ? 0 : Number(value);
    else blocks.push(blockOf(word, value));
  }
  return { blocks, nearMisses, ...rest };
}

function blockOf(verdict: string, value: string): ExpectedBlock {
  const [, first = "", second = ""] = /^(\S*) ?(.*)$/.exec(value) ?? [];
  if (verdict === "accepted") return { verdict, kind: first, action: JSON.parse(second || "{}") };
  if (verdict === "refused") return { verdict, code: first, words: second };
  if (verdict === "ignored") return { verdict, reason: first };
  throw new Error(`"${verdict}" is no expectation`);
}
