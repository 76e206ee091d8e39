/** Questions about the documentation that the packages of this project bring along, with the pages that answer each. */
export type Question = { readonly ask: string; readonly pages: readonly string[] };

export const questions: readonly Question[] = [
  {
    ask: "How does streamText report errors?",
    pages: ["50-error-handling", "02-stream-text.mdx", "05-generating-text", "15-stream-text-not"],
  },
  { ask: "How do I abort streamText?", pages: ["02-stopping-streams", "50-error-handling", "02-stream-text.mdx"] },
  { ask: "How do I stop a stream from the client?", pages: ["02-stopping-streams", "02-chatbot", "resume-streams"] },
  { ask: "How can I cache model responses?", pages: ["06-advanced/04-caching"] },
  { ask: "How do I rate limit an AI endpoint?", pages: ["06-rate-limiting"] },
  { ask: "What is backpressure and how does it affect streams?", pages: ["03-backpressure"] },
  { ask: "How do I generate structured data with a schema?", pages: ["10-generating-structured-data"] },
  { ask: "How do I resume a chat stream after a page reload?", pages: ["03-chatbot-resume-streams"] },
  { ask: "How do I compute the similarity of two embeddings?", pages: ["30-embeddings", "cosine-similarity"] },
  {
    ask: "How do I require approval before a tool runs?",
    pages: ["tool-approvals", "15-tools-and-tool-calling", "03-chatbot-tool-usage"],
  },
  { ask: "How do I transcribe audio?", pages: ["36-transcription", "transcribe"] },
  {
    ask: "What is the difference between Server Components and Client Components?",
    pages: ["05-server-and-client-components", "use-client"],
  },
  {
    ask: "How do I revalidate cached data on demand?",
    pages: ["revalidat", "incremental-static-regeneration", "caching-without"],
  },
  { ask: "How do I redirect a user in Next.js?", pages: ["redirect"] },
  { ask: "How can I load a Google font?", pages: ["font"] },
  { ask: "How do I set cookies in a server action?", pages: ["cookies", "mutating-data", "server-actions"] },
  { ask: "What does the not-found file do?", pages: ["not-found"] },
  { ask: "How do I deploy Next.js with Docker?", pages: ["deploying", "self-hosting", "output"] },
  { ask: "How do I measure web vitals?", pages: ["analytics", "eb-vitals", "WebVitals"] },
  { ask: "How do I test my app with Playwright?", pages: ["playwright"] },
  { ask: "What is draft mode?", pages: ["draft"] },
  {
    ask: "How do I add OpenTelemetry to my application?",
    pages: ["open-telemetry", "60-telemetry", "instrumentation"],
  },
];

/** Questions that those pages do not answer, some of them made of words that stand in them. */
export const unanswerable: readonly string[] = [
  "What is the capital of Mongolia?",
  "How do I configure a Kubernetes ingress controller?",
  "How does photosynthesis work?",
  "What is a fencing token?",
  "How does streamText talk to Kafka brokers?",
  "Who won the 1998 football world cup?",
  "How are Redis Streams consumer groups trimmed?",
  "Explain the borrow checker of Rust",
];
