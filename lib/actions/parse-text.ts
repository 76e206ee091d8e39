import type { Finish } from "#/lib/actions/judge.ts";
import { createParser, type Parser, type ParserItem } from "#/lib/actions/parser.ts";
import type { ParseReport } from "#/lib/protocol/action.ts";
import type { Gate } from "#/lib/protocol/gate.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/** Reads a whole text, `chunk` units at a time (default: all at once). */
export function parseText(
  text: string,
  options: { gate: Gate & { readonly phase: Phase }; chunk?: number; finish?: Finish; taken?: Iterable<string> },
): ParseReport {
  return reportOf(itemsOf(createParser(options), text, options), options.gate.phase);
}

export function itemsOf(parser: Parser, text: string, options: { chunk?: number; finish?: Finish }): ParserItem[] {
  const chunk = options.chunk ?? Math.max(1, text.length);
  const items: ParserItem[] = [];
  for (let at = 0; at < text.length; at += chunk)
    for (const item of parser.push(text.slice(at, at + chunk))) items.push(item);
  for (const item of parser.end(options.finish ?? "stop")) items.push(item);
  return items;
}

export function reportOf(items: readonly ParserItem[], phase: Phase): ParseReport {
  return {
    prose: items.map((item) => (item.kind === "prose" ? item.text : "")).join(""),
    phase,
    blocks: items.flatMap((item) => (item.kind === "block" ? [item.block] : [])),
    nearMisses: items.flatMap((item) => (item.kind === "near-miss" ? [item.nearMiss] : [])),
  };
}
