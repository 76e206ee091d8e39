import { describe, expect, test } from "vitest";
import { type Candidate, rankPassages, rarity, type Term } from "#/lib/documents/rank.ts";

const terms: Term[] = [
  { lexeme: "streamtext", weight: 1, frequency: 20 },
  { lexeme: "error", weight: 1, frequency: 400 },
];
const total = 1_000;
const passage = (ordinal: number, hits: Record<string, [number, string][]>, bytes = 1_500): Candidate => ({
  documentId: "d",
  ordinal,
  bytes,
  hits: Object.entries(hits).map(([lexeme, places]) => ({
    lexeme,
    positions: places.map(([position]) => position),
    fields: places.map(([, field]) => field),
  })),
});
const order = (candidates: Candidate[], of: readonly Term[] = terms) =>
  rankPassages(of, total, candidates).map((ranked) => ranked.ordinal);

describe("the rank of a passage", () => {
  test("a rare term decides over any number of common ones", () => {
    const many = passage(0, { error: Array.from({ length: 40 }, (_, at): [number, string] => [at, "D"]) });
    const rare = passage(1, { streamtext: [[5, "D"]] });
    expect(order([many, rare])).toEqual([1, 0]);
  });

  test("a heading counts more than the text, and a second mention less than the first", () => {
    const text = passage(0, { error: [[9, "D"]] });
    const headed = passage(1, { error: [[9, "B"]] });
    const twice = passage(2, {
      error: [
        [9, "D"],
        [30, "D"],
      ],
    });
    expect(order([text, headed, twice])).toEqual([1, 2, 0]);
    const [top, , last] = rankPassages(terms, total, [text, headed, twice]).map((ranked) => ranked.score);
    expect(top).toBeLessThan(2 * (last ?? 0) * 2);
  });

  test("words near to each other count more than words far apart", () => {
    const near = passage(0, { streamtext: [[10, "D"]], error: [[12, "D"]] });
    const far = passage(1, { streamtext: [[10, "D"]], error: [[300, "D"]] });
    expect(order([far, near])).toEqual([0, 1]);
  });

  test("the same words in a shorter passage count more", () => {
    const short = passage(0, { error: [[9, "D"]] }, 600);
    const long = passage(1, { error: [[9, "D"]] }, 4_000);
    expect(order([long, short])).toEqual([0, 1]);
  });

  test("the score is a share: a term that stands nowhere lowers it for all", () => {
    const full = passage(0, {
      streamtext: [
        [1, "A"],
        [2, "B"],
        [3, "D"],
      ],
      error: [
        [2, "A"],
        [3, "B"],
        [4, "D"],
      ],
    });
    const unknown = [...terms, { lexeme: "kafka", weight: 1, frequency: 0 }];
    const alone = rankPassages(terms, total, [full])[0]?.score ?? 0;
    const missing = rankPassages(unknown, total, [full])[0]?.score ?? 0;
    expect(alone).toBeGreaterThan(0.7);
    expect(alone).toBeLessThanOrEqual(1);
    expect(missing).toBeLessThan(alone * 0.55);
  });

  test("is the same whatever the order of the candidates", () => {
    const candidates = [3, 1, 2].map((ordinal) => passage(ordinal, { error: [[9, "D"]] }));
    expect(order(candidates)).toEqual([1, 2, 3]);
    expect(rankPassages([], total, [])).toEqual([]);
  });
});

test("rarity falls with frequency and never reaches 0", () => {
  expect(rarity(0, total)).toBeGreaterThan(rarity(5, total));
  expect(rarity(5, total)).toBeGreaterThan(rarity(500, total));
  expect(rarity(1_000, 1_000)).toBeGreaterThan(0);
  expect(rarity(5, 2)).toBeGreaterThan(0);
});
