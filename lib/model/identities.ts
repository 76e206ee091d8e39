/** The first sentence of each prompt's instructions, by which the offline model knows whose prompt it is. */
export const identities = {
  main: "You are Deputy, the main agent of an assistant that delegates.",
  planner: "You are Deputy's planner.",
} as const;
