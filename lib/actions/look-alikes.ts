/**
 * Letters of other scripts that look like the capitals (and small letters) of our keywords. Full-width, mathematical and
 * circled forms and letters with accents need no entry: normalisation leads them back.
 */
const letters: Record<string, string> = {
  A: "ΑАᎪꓮ",
  B: "ΒВᏴꓐ",
  C: "СϹᏟꓚ",
  D: "ᎠꓓԀ",
  E: "ΕЕᎬꓰ",
  F: "Ϝꓝ",
  G: "ԌᏀꓖ",
  I: "ΙІӀᏆꓲıⅠ",
  K: "ΚКᏦꓗ",
  L: "Ꮮꓡ",
  M: "ΜМᎷꓟ",
  N: "Νꓠ",
  O: "ΟОՕꓳ",
  P: "ΡРᏢꓑ",
  R: "Ꮢꓣ",
  S: "ЅՏᏚꓢ",
  T: "ΤТᎢꓔ",
  U: "Սꓴ",
  V: "ѴᏙꓦ",
  X: "ΧХꓫ",
  Y: "ΥҮꓬ",
  a: "а",
  c: "сϲ",
  d: "ԁ",
  e: "е",
  g: "ɡ",
  i: "іɩ",
  l: "ӏ",
  n: "ո",
  o: "оοօ",
  p: "рρ",
  s: "ѕ",
  v: "νѵ",
  y: "у",
  ":": "։׃∶꞉ː᛬⁚",
  "=": "゠꓿",
};

const plain: ReadonlyMap<string, string> = new Map(
  Object.entries(letters).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const)),
);

/** Characters that take no room: joiners, direction marks, soft hyphens, variation selectors, a BOM in the middle; and accents. */
const unseen = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0]/gu;

/** Any white space, and control characters, which a terminal does not show either. */
const spaces = /[\p{Zs}\p{Zl}\p{Zp}\p{Cc}]+/gu;

/** The text as a reader would take it: look-alikes as ASCII, nothing unseen, every white space one space. */
export function asSeen(text: string): string {
  const isAscii = !/[^\u0020-\u007e]/.test(text);
  if (isAscii) return text;
  const seen = text.normalize("NFKD").replace(unseen, "").replace(spaces, " ");
  return seen.replace(/[^\0-\u007f]/gu, (character) => plain.get(character) ?? character);
}

/** Everything that looks like a dash, and ASCII that is drawn as a line. */
export function isDash(character: string): boolean {
  return /[\p{Pd}\u2212\u2500\u2501\u2550\u30fc=_~*]/u.test(character);
}
