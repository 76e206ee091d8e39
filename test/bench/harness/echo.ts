/** About 300 bytes, the body that goes there and comes back. */
export const body =
  "Compare the three most used libraries for structured concurrency in TypeScript: their cancellation, their error " +
  "handling and their cost per task. Quote the documentation for each claim, give the version, and say plainly what you " +
  "could not find. The answer is read by an engineer who decides today.";
