/** About the size of a token, and prose from its first letter on. */
const words = [
  "Deputy ",
  "keeps ",
  "a ",
  "record ",
  "of ",
  "every ",
  "turn, ",
  "and ",
  "text ",
  "as ",
  "it ",
  "comes. ",
];

export const deltasPerAnswer = 10_000;
export const deltasRequest = `Stream ${deltasPerAnswer} deltas.`;

/** The answer to a prompt that holds `deltasRequest`, else null. */
export function deltasOf(prompt: string): Iterable<string> | null {
  return prompt.includes(deltasRequest) ? deltas() : null;
}

export function* deltas(): Generator<string> {
  for (let at = 0; at < deltasPerAnswer; at += 1) yield words[at % words.length] ?? "";
}

export const deltasText = [...deltas()].join("");
