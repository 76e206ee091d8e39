/** What the INPUT of a task tells of who is to do it. */
export type InputSigns = {
  /** A web address stands in it, other than as the name of a document. */
  readonly address: boolean;
  /** It lists documents. */
  readonly documents: boolean;
  /** It holds a plan, or its steps. */
  readonly steps: boolean;
};

type Input = Readonly<Record<string, unknown>>;

/** A web address in any text, with or without its scheme. */
export const address = /\bhttps?:\/\/\S|\bwww\.\w|\b[\w-]+\.(?:com|org|net|io|dev|edu|gov)\b/i;

/** So much of a large INPUT is looked at. */
const maxTexts = 100;
const maxChars = 4_000;
const maxDepth = 4;

export function signsOf(input: Input = {}): InputSigns {
  const { documents, ...others } = input;
  return {
    address: textsIn(others).some((text) => address.test(text.slice(0, maxChars))),
    documents: isFilled(documents),
    steps: isFilled(input.steps) || isFilled(input.plan),
  };
}

/** A list or an object with something in it. */
function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function textsIn(value: unknown, depth = 0, texts: string[] = []): string[] {
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "object" && value !== null && depth < maxDepth) {
    for (const one of Object.values(value).slice(0, maxTexts)) {
      if (texts.length >= maxTexts) break;
      textsIn(one, depth + 1, texts);
    }
  }
  return texts;
}
