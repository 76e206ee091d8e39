import { type Document, isMap, isScalar, isSeq, type LineCounter, type Pair } from "yaml";

/** Where something stands in a file, counted from 1. */
export type Place = { readonly line: number; readonly column: number };

/** A mistake in a file. */
export type Fault = Place & { readonly message: string };

export type Path = readonly (string | number)[];

/** Finds in a file what a path of its content leads to. */
export class Places {
  readonly #document: Document;
  readonly #counter: LineCounter;
  readonly #text: string;

  constructor(document: Document, counter: LineCounter, text: string) {
    this.#document = document;
    this.#counter = counter;
    this.#text = text;
  }

  at(offset: number): Place {
    const { line, col } = this.#counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  ofNode(node: unknown): Place {
    return this.at(startOf(node));
  }

  /** Of the value that the path leads to; where the path ends early, of the last thing on it. */
  ofValue(path: Path): Place {
    return this.at(this.#follow(path).offset);
  }

  /** Of the key whose value the path leads to. */
  ofKey(path: Path): Place {
    const { node } = this.#follow(path.slice(0, -1));
    const pair = isMap(node) ? pairOf(node.items, path.at(-1)) : undefined;
    return pair === undefined ? this.ofValue(path) : this.ofNode(pair.key);
  }

  /** Of some words inside of the text that the path leads to. */
  ofWords(path: Path, words: string): Place {
    const { offset, end } = this.#follow(path);
    const inside = this.#text.slice(offset, end).indexOf(words);
    return this.at(offset + Math.max(inside, 0));
  }

  #follow(path: Path): { node: unknown; offset: number; end: number } {
    let node: unknown = this.#document.contents;
    let offset = startOf(node);
    for (const key of path) {
      const pair = isMap(node) ? pairOf(node.items, key) : undefined;
      const next = pair === undefined ? entryOf(node, key) : pair.value;
      if (next === undefined) break;
      // A value that is left empty stands behind its key, often on another line.
      const isEmpty = isScalar(next) && next.source === "";
      offset = pair !== undefined && (next === null || isEmpty) ? startOf(pair.key) : startOf(next);
      node = next;
    }
    return { node, offset, end: endOf(node) };
  }
}

function pairOf(pairs: readonly Pair[], key: string | number | undefined): Pair | undefined {
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function entryOf(node: unknown, key: string | number): unknown {
  return isSeq(node) && typeof key === "number" ? node.items[key] : undefined;
}

function startOf(node: unknown): number {
  return rangeOf(node)?.[0] ?? 0;
}

function endOf(node: unknown): number {
  return rangeOf(node)?.[1] ?? 0;
}

function rangeOf(node: unknown): readonly number[] | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  return node.range;
}
