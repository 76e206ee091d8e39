import { expect, it } from "vitest";
import { numberEvidence } from "#/lib/actions/evidence.ts";

const piece = (quote: string, url = "/documents/1") => ({
  claim: quote,
  quote,
  source: { title: "T", heading: [], url, origin: "t.md" },
});
const numbersOf = (results: Parameters<typeof numberEvidence>[0]) =>
  numberEvidence(results).map((evidence) => evidence.map(({ n }) => n));

it("numbers the evidence of all results in the order in which they settled", () => {
  expect(numbersOf([{ evidence: [piece("a"), piece("b")] }, { evidence: [] }, { evidence: [piece("c")] }])).toEqual([
    [1, 2],
    [],
    [3],
  ]);
});

it("gives the same quote of the same source one number, and another source's its own", () => {
  const results = [{ evidence: [piece("a"), piece("a")] }, { evidence: [piece("a", "/documents/2"), piece("a")] }];
  expect(numbersOf(results)).toEqual([
    [1, 1],
    [2, 1],
  ]);
});

it("keeps the numbers that it gave when another result settles", () => {
  const first = { evidence: [piece("a"), piece("b")] };
  expect(numbersOf([first, { evidence: [piece("c")] }])[0]).toEqual(numbersOf([first])[0]);
});
