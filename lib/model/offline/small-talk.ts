const asWords = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s']/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

const canDo = `I can

- answer questions from the ingested documents, with the passages quoted and cited,
- compare several things, one search each,
- open web pages in a browser and report what they say,
- write a plan with agents, dependencies and acceptance criteria,

and several of these for one request. For example: "Compare how PLANNING and VERIFYING work, then write a plan for adding a new agent".`;

const whoIAm =
  "I am Deputy, and the model behind me at the moment is the offline model: it works by rules, without a key and without a network, and it knows nothing but what the agents find. Connect a language model with `OPENAI_API_KEY` or `OPENAI_BASE_URL`.";

/** What a phrase is about, most telling first; the phrase has no punctuation and no capitals. */
const topics: readonly { readonly is: RegExp; readonly reply: string }[] = [
  {
    is: /^(?:who|what) (?:are|r) (?:you|u)(?: exactly)?$|^what(?:'s| is) (?:your name|deputy)$|^introduce yourself$|^tell me about yourself$|^are you (?:an? |the )?(?:real |just )?(?:ai|bot|robot|human|person|machine|llm|language model|assistant|chatbot|chatgpt|gpt|claude|offline|online|real|there)\b.*$|^(?:which|what)(?: language| ai)? model (?:are you|is this|do you use|am i talking to)$/,
    reply: `${whoIAm}\n\n${canDo}`,
  },
  {
    is: /^(?:what|how) (?:can|could|do|would) you (?:do|help|assist|know)(?: me| for me| with)?$|^what are you (?:able to do|good at|capable of)$|^(?:help|help me|menu|usage|commands|what now)$|^how (?:do i|can i|to) use (?:you|this)$|^can you help(?: me)?$/,
    reply: `${canDo}\n\nThe offline model is answering: it works by rules, so plain, direct requests work best.`,
  },
  {
    is: /^(?:how are you|how is it going|how's it going|how do you do|what's up|whats up|sup|how are things)(?: today| doing)*$/,
    reply: "All is running, thank you. What can I look up, open or plan for you?",
  },
  {
    is: /^(?:thanks?|thank you|thx|ty|cheers|many thanks|merci|danke|gracias)(?: you)?(?: so much| very much| a lot| again| deputy)*$/,
    reply: "You are welcome.",
  },
  {
    is: /^(?:bye|goodbye|good bye|see you|see ya|good night|ciao|later|see you later|tschüss)(?: deputy)?$/,
    reply: "Goodbye. This conversation is kept; you can go on with it at any time.",
  },
  {
    is: /^(?:ok|okay|k|nice|great|good|cool|perfect|awesome|wow|well done|good job|got it|i see|sure|yes|no|lol|haha|fine|alright|understood|test|testing|ping|that's great|very good)$/,
    reply: "Good. Is there something to look up, to open or to plan?",
  },
  {
    is: /^(?:hi|hello|hey|hiya|howdy|yo|greetings|hallo|hola|moin|bonjour|servus|ciao|good (?:morning|afternoon|evening|day))(?: there| deputy| all| everyone| again)*$/,
    reply: `Hello. ${whoIAm}\n\n${canDo}`,
  },
];

/** The answer to a message that holds no work; null when it holds some. `can`: what it says of what can be asked for. */
export function smallTalk(message: string, can = canDo): string | null {
  if (asWords(message) === "") return `I found no words in this message. ${can}`;
  const phrases = phrasesOf(message);
  const found = phrases.map((phrase) => topics.find((topic) => topic.is.test(phrase)));
  if (found.some((topic) => topic === undefined)) return null;
  return topics.find((topic) => found.includes(topic))?.reply.replace(canDo, () => can) ?? null;
}

/** True for a piece of a message that asks for nothing, such as the greeting in front of a question. */
export function isSmallTalk(phrase: string): boolean {
  return smallTalk(phrase) !== null;
}

function phrasesOf(message: string): string[] {
  return message
    .split(/[.!?,;:\n]+/)
    .map(asWords)
    .filter((phrase) => phrase !== "");
}
