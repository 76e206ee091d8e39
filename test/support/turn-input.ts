import type { TurnInput } from "#/lib/protocol/turn.ts";

/** The input of a first turn in PLANNING, with whatever differs. */
export function turnInput(differing: Partial<TurnInput>): TurnInput {
  return {
    turn: 1,
    phase: "PLANNING",
    message: "How does it work?",
    history: [],
    agents: [
      { type: "knowledge", description: "Searches the documents", registered: true },
      { type: "planner", description: "Writes plans", registered: true },
      { type: "browser", description: "Opens pages", registered: true },
      { type: "code", description: "", registered: false },
    ],
    lessons: [],
    tasks: [],
    outputs: [],
    feedback: [],
    answerMissing: false,
    answerCutOff: false,
    left: { tasks: 32, turns: 10, failedVerdicts: 3 },
    nonce: "n0nce",
    ...differing,
  };
}
