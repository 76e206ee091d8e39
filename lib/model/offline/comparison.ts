const maxThings = 6;
const between = /\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|vs\.?|versus|against)\s+/i;
const betweenTwo = /\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|vs\.?|versus|against|with|to)\s+/i;
const tailWord =
  /^(.+?)\s+((?:for|in terms of|regarding|with regard to|with respect to|when|concerning|as|on|in|by|under)\s.+)$/i;

/** "... and tell me the differences", "... and say which one is better": that is what a comparison is for, and no third thing. */
const purpose =
  /,?\s+(?:and|then)\s+(?:then\s+)?(?:tell|show|give|list|explain|describe|name|say|summari[sz]e|point out)\s+(?:(?:me|us)\s+)?(?:(?:the|their|its|all|main|key|biggest|important|most)\s+)*(?:differences?|similarities|trade-?offs?|pros and cons|results?|how they|where they|what (?:differs|is different)|which)\b.*$/i;

/**
 * The things that a clause wants compared, each as a question of its own: "Compare how A and B work" gives "how A
 * works" and "how B works", "A vs B for scraping" gives "A for scraping" and "B for scraping". Null for other clauses.
 */
export function comparedThings(clause: string): string[] | null {
  const list = listIn(clause.replace(/[?.!]+$/, "").replace(purpose, ""));
  if (list === null) return null;
  const things = withShared(list.text, list.between).slice(0, maxThings);
  return things.length >= 2 ? things : null;
}

function listIn(clause: string): { text: string; between: RegExp } | null {
  const compare = /^(?:compare|contrast|weigh|compare and contrast)\s+(.+)$/i.exec(clause)?.[1];
  if (compare) return { text: compare, between: /\s(?:and|or|vs\.?|versus)\s|,/i.test(compare) ? between : betweenTwo };
  const text =
    /\b(?:differences?|similarities|comparison|choice|trade-?offs?)\s+(?:between|of)\s+(.+)$/i.exec(clause)?.[1] ??
    /\bpros and cons of\s+(.+)$/i.exec(clause)?.[1] ??
    /\bwhich (?:one )?is (?:better|best|faster|simpler|cheaper)\s*[,:]\s*(.+)$/i.exec(clause)?.[1] ??
    (/^\S+(?:\s\S+){0,3}\s(?:vs\.?|versus)\s/i.test(clause) ? clause : undefined);
  return text === undefined ? null : { text, between };
}

function withShared(text: string, separator: RegExp): string[] {
  const question = /^(how|why|when|where|what)\s+(.+)$/i.exec(text);
  if (question?.[1] && question[2] && !new RegExp(`\\b${question[1]}\\b`, "i").test(question[2])) {
    return asQuestions(question[1], withHead(question[2].split(separator)));
  }
  const head = /^((?:the\s+)?[\w-]+\s+(?:of|in))\s+(.+)$/i.exec(text);
  const items = (head?.[2] ?? text).split(separator).map((item) => item.trim());
  const prefix = head?.[1] && items.length > 1 ? `${head[1]} ` : "";
  return withTail(items).map((item) => prefix + item);
}

const article = /^(?:an?|the)\s/i;
/** "Deputy handles a lost worker": who does it and what he does, then to what. */
const actorAndDeed = /^((?:(?!an?\s|the\s)\S+\s+){2,}?)(?=(?:an?|the)\s)/i;

/** "Deputy handles a lost worker", "a lost Redis": what stands before the first thing is said of the others, too. */
function withHead([first = "", ...others]: readonly string[]): string[] {
  const head = actorAndDeed.exec(first)?.[1];
  const shared = head !== undefined && others.every((item) => article.test(item.trim()));
  return [first, ...others.map((item) => (shared ? head + item.trim() : item))];
}

/** "how", ["PLANNING", "VERIFYING work"]: the last item is as long as the first, what is left says something of all. */
function asQuestions(word: string, items: readonly string[]): string[] {
  const words = (items.at(-1) ?? "").trim().split(/\s+/);
  const length = (items[0] ?? "").trim().split(/\s+/).length;
  if (items.length < 2 || words.length <= length) return items.map((item) => `${word} ${item.trim()}`);
  const said = singular(words.slice(length));
  const things = [...items.slice(0, -1).map((item) => item.trim()), words.slice(0, length).join(" ")];
  return things.map((thing) => `${word} ${thing} ${said}`);
}

const irregular: Readonly<Record<string, string>> = { are: "is", were: "was", do: "does", have: "has" };
const unchanged = /^(?:can|could|may|might|must|shall|should|will|would|is|was|does|has)$|s$|ed$/i;

/** The verb that belonged to several things, for one of them. */
function singular([verb = "", ...rest]: readonly string[]): string {
  const one = irregular[verb] ?? (unchanged.test(verb) ? verb : `${verb}${/(?:sh|ch|x|o)$/.test(verb) ? "es" : "s"}`);
  return [one, ...rest].join(" ");
}

/** "A", "B for scraping": what follows the last one belongs to all. */
function withTail(items: readonly string[]): string[] {
  const last = items.at(-1) ?? "";
  const match = tailWord.exec(last);
  const shared = match?.[1] && match[2] && !items.slice(0, -1).some((item) => tailWord.test(item));
  return shared ? [...items.slice(0, -1).map((item) => `${item} ${match[2]}`), last] : [...items];
}
