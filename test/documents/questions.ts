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

/** What strangers ask about Deputy itself, with the pages of its own documentation that answer each. */
export const ownQuestions: readonly Question[] = [
  { ask: "How does Deputy make sure that a task's result is stored exactly once?", pages: ["docs/delivery.md"] },
  { ask: "How does Deputy handle a lost worker?", pages: ["docs/delivery.md"] },
  { ask: "how Deputy handles a lost Redis", pages: ["docs/delivery.md", "0001-postgres", "docs/reliability.md"] },
  { ask: "What happens when a worker is killed?", pages: ["docs/delivery.md", "docs/reliability.md"] },
  { ask: "What happens when Postgres is away?", pages: ["docs/delivery.md", "docs/http.md", "docs/reliability.md"] },
  { ask: "What can the browser agent open, and what does it refuse?", pages: ["docs/agents.md"] },
  { ask: "How do I add a new agent?", pages: ["docs/agents.md"] },
  { ask: "How can I connect a real model?", pages: ["README.md", "docs/configuration.md"] },
  { ask: "Which environment variables does Deputy have?", pages: ["docs/configuration.md"] },
  { ask: "How do I run several workers?", pages: ["README.md", "docs/configuration.md", "docs/architecture.md"] },
  { ask: "How do I limit what a run may cost?", pages: ["docs/configuration.md"] },
  { ask: "How do agents vote in Deputy?", pages: ["docs/orchestration.md", "0006-votes", "docs/agents.md"] },
  { ask: "What is the blackboard?", pages: ["docs/orchestration.md", "docs/agents.md"] },
  { ask: "How does an auction decide who gets the task?", pages: ["docs/orchestration.md", "0006-votes"] },
  { ask: "How do I cancel a run from the command line?", pages: ["docs/cli.md"] },
  { ask: "What is a dead letter and how do I retry it?", pages: ["docs/delivery.md", "docs/cli.md", "docs/http.md"] },
  { ask: "Which phases are there and what does each allow?", pages: ["docs/phases.md"] },
  { ask: "Why was my delegation refused?", pages: ["docs/phases.md", "docs/delegations.md"] },
  { ask: "How do I write a workflow file?", pages: ["docs/workflows.md"] },
  { ask: "How do I resume a stream after a disconnect?", pages: ["docs/http.md"] },
  { ask: "Can I use Deputy with Redis Cluster or Sentinel?", pages: ["docs/configuration.md", "docs/delivery.md"] },
  { ask: "How often is a failed task retried?", pages: ["docs/delivery.md", "docs/configuration.md"] },
  { ask: "Does Deputy work without an API key?", pages: ["README.md", "docs/configuration.md"] },
  { ask: "How does Deputy compare to BullMQ?", pages: ["docs/performance.md"] },
  { ask: "How do I pause a run?", pages: ["docs/http.md", "docs/cli.md", "docs/delegations.md", "docs/delivery.md"] },
  { ask: "How can I use Deputy from TypeScript?", pages: ["docs/orchestration.md", "README.md"] },
  { ask: "Why is Redis not the place where tasks are stored?", pages: ["0001-postgres", "docs/delivery.md"] },
  { ask: "How do I ingest my own documents?", pages: ["README.md", "docs/cli.md", "docs/agents.md"] },
  { ask: "How does Deputy keep a killed worker from storing its result twice?", pages: ["docs/delivery.md"] },
  { ask: "What is a fencing token?", pages: ["docs/delivery.md"] },
  { ask: "How long may a task take?", pages: ["docs/configuration.md", "docs/agents.md", "docs/delivery.md"] },
];

/** What Deputy's own pages do not answer, though they are all about Deputy. */
export const notAboutDeputy: readonly string[] = [
  "How does Deputy translate poems?",
  "How do I deploy Deputy with Kubernetes?",
  "How does Deputy bill its customers?",
  "Does Deputy run on Windows phones?",
  "How does photosynthesis work?",
];
