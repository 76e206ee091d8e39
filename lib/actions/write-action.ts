import type { Action, DelegateAction, ReplanAction } from "#/lib/protocol/action.ts";

/** An action as a block in its canonical form: parsing it gives the action again. Without a line end behind the marker. */
export function writeAction(action: Action): string {
  return [`ACTION: ${action.kind.toUpperCase()}`, ...fieldsOf(action), "---END---"].join("\n");
}

function fieldsOf(action: Action): string[] {
  switch (action.kind) {
    case "plan":
      return [
        ...optional("GOAL", action.goal),
        "STEPS:",
        ...action.steps.map((step, index) => `${index + 1}. ${step}`),
      ];
    case "delegate":
      return delegateFields(action);
    case "replan":
      return replanFields(action);
    case "verify":
      return [`VERDICT: ${action.verdict}`, ...optional("NOTES", action.notes)];
    case "learn":
      return [...optional("TAGS", action.tags.join(", ") || undefined), `LESSON: ${action.lesson}`];
  }
}

function delegateFields(action: DelegateAction): string[] {
  return [
    `AGENT_TYPE: ${action.agentType}`,
    `ID: ${action.id}`,
    ...optional("DEPENDS_ON", action.dependsOn.join(", ") || undefined),
    ...(action.mode === "parallel" ? [] : [`MODE: ${action.mode}`]),
    ...optional("VOTERS", action.voters),
    ...optional("MIN_AGREEMENT", action.minAgreement),
    ...optional("AGGREGATE", action.aggregate),
    ...optional("COMPLEXITY", action.complexity),
    ...(action.priority === "normal" ? [] : [`PRIORITY: ${action.priority}`]),
    ...optional("TIMEOUT", action.timeoutMs === undefined ? undefined : `${action.timeoutMs / 1_000}s`),
    ...(action.strict ? [] : ["STRICT: false"]),
    `TASK: ${action.task}`,
    ...optional("INPUT", action.input === undefined ? undefined : JSON.stringify(action.input)),
  ];
}

function replanFields({ drop, change, reason }: ReplanAction): string[] {
  return [
    ...optional("DROP", drop.join(", ") || undefined),
    ...(change === undefined ? [] : changeFields(change)),
    ...optional("REASON", reason),
  ];
}

function changeFields(change: NonNullable<ReplanAction["change"]>): string[] {
  const { id, agentType, dependsOn, priority, timeoutMs, strict, task } = change;
  return [
    `ID: ${id}`,
    ...optional("AGENT_TYPE", agentType),
    ...optional("DEPENDS_ON", dependsOn && (dependsOn.join(", ") || "none")),
    ...optional("PRIORITY", priority),
    ...optional("TIMEOUT", timeoutMs === undefined ? undefined : `${timeoutMs / 1_000}s`),
    ...optional("STRICT", strict === undefined ? undefined : String(strict)),
    ...optional("TASK", task),
  ];
}

function optional(key: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${key}: ${value}`];
}
