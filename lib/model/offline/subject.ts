/** Names of a program (`x`, camelCase, CAPITALS, dotted.names) and other words with a capital inside of a sentence. */
const name = /`[^`]+`|\b[a-z]+[A-Z]\w*\b|\b[A-Z]{2,}[\w-]*\b|\b[A-Za-z]\w*(?:\.\w+)+\b|(?<=[a-z,;] )[A-Z][\w-]+\b/g;
const pronoun = /\b(?:it|its|they|them|their|these|those)\b|\b(?:this|that)(?=\s*(?:[?.!,;]|$))/i;

/** The names in a text, each once, without backticks, in order. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(name)].map(([found]) => found.replaceAll("`", "")))];
}

/**
 * A question that says "it" without a name of its own, with the names of the newest text before it that has some:
 * "How do I abort it?" becomes "How do I abort it (streamText)?".
 */
export function withSubject(question: string, before: readonly string[]): string {
  if (!pronoun.test(question) || namesIn(question).length > 0) return question;
  const names = before.map(namesIn).find((found) => found.length > 0);
  if (!names) return question;
  const [, text = question, end = ""] = /^(.*?)([?.!]*)$/s.exec(question) ?? [];
  return `${text} (${names.slice(0, 3).join(", ")})${end}`;
}
