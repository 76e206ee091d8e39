import { z } from "zod";
import { hasControlCharacter } from "#/lib/actions/characters.ts";
import { nearest } from "#/lib/actions/edit-distance.ts";
import { readTerms } from "#/lib/graph/auction.ts";
import { Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";
import { AgentChoice, Condition } from "#/lib/protocol/orchestration.ts";
import { readTimeout } from "#/lib/workflow/timeout.ts";

/** What a file may hold at most; a run has budgets of its own. */
export const limits = { bytes: 256 * 1_024, steps: 100, inputs: 50, taskUnits: 16_384 } as const;

const text = (maxUnits: number) =>
  z
    .string()
    .trim()
    .max(maxUnits, `is longer than ${maxUnits} characters`)
    .refine((value) => !hasControlCharacter(value), "holds a control character; line breaks and tabs may stand");

export const WorkflowName = z.string().regex(/^[a-z0-9-]{1,40}$/, "is 1 to 40 of a-z, 0-9 and -");
const InputName = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, "is 1 to 40 of a-z, 0-9, _ and -, a letter first");
const StepId = z
  .string()
  .regex(/^[a-z0-9_-]{1,40}$/, "is 1 to 40 of a-z, 0-9, _ and -")
  .refine((id) => id !== "none", 'cannot be "none"');

const Agent = z.union(AgentChoice.options, { error: ({ input }) => agentAdvice(input) });

const Timeout = z
  .union([z.string(), z.number()], { error: "is a length of time, such as 90s, 5m or 2h" })
  .transform((written, context) => {
    const milliseconds = readTimeout(written);
    if (milliseconds !== null) return milliseconds;
    context.addIssue("is whole seconds, or has a unit: 90s, 5m, 2h; 1 second to 24 hours");
    return z.NEVER;
  });

const StepInput = z.record(z.string(), z.json());

export const WorkflowInput = z.strictObject({
  description: text(1_000).default(""),
  /** With `false`, and without a default, the hole becomes empty text. */
  required: z.boolean().default(true),
  /** Fills the hole when nothing is given. */
  default: text(limits.taskUnits).optional(),
});
export type WorkflowInput = z.infer<typeof WorkflowInput>;

/** One delegation with holes; what is left out has the default of a DELEGATE block. */
export const Step = z
  .strictObject({
    id: StepId,
    agent: Agent,
    task: text(limits.taskUnits).min(1, "is empty"),
    /** Ids of steps that have to end before this one starts; it is given their results. */
    after: z.array(z.string()).default([]),
    mode: Mode.default("parallel"),
    voters: z.int().min(2, "is 2 to 9").max(9, "is 2 to 9").optional(),
    minAgreement: z.number().min(0.5, "is 0.5 to 1").max(1, "is 0.5 to 1").optional(),
    aggregate: Aggregate.optional(),
    complexity: z.int().min(1, "is 1 to 10").max(10, "is 1 to 10").optional(),
    priority: Priority.default("normal"),
    strict: z.boolean().default(true),
    /** On which end of the steps in `after` it starts. */
    condition: Condition.optional(),
    /** Attempts after the first one. */
    retries: z.int().min(0, "is 0 to 9").max(9, "is 0 to 9").optional(),
    /** In a file as `90s`, `5m`, `2h` or seconds; here in milliseconds. */
    timeout: Timeout.optional(),
    input: StepInput.optional(),
  })
  .superRefine((step, context) => {
    for (const key of ["voters", "minAgreement"] as const)
      if (step[key] !== undefined && step.mode !== "consensus")
        context.addIssue({ code: "custom", path: [key], message: "stands with `mode: consensus` only" });
    if (step.condition !== undefined && step.after.length === 0 && step.mode !== "sequential")
      context.addIssue({
        code: "custom",
        path: ["condition"],
        message: "needs steps in `after` whose end it is about",
      });
    const fault = termsFault(step);
    if (fault !== null) context.addIssue({ code: "custom", ...fault });
  });
export type Step = z.infer<typeof Step>;

/**
 * A graph of delegations with holes, as it is kept in a YAML or JSON file. The one schema of both; what it does not see
 * (unknown steps, cycles, holes without an input) `readWorkflow` checks.
 */
export const Workflow = z.strictObject({
  /** The version of this form. */
  deputy: z.literal(1),
  name: WorkflowName,
  title: text(200).min(1, "is empty"),
  description: text(4_000).default(""),
  inputs: z
    .record(InputName, WorkflowInput)
    .refine((inputs) => Object.keys(inputs).length <= limits.inputs, `has more than ${limits.inputs} entries`)
    .default({}),
  steps: z.array(Step).min(1, "is empty").max(limits.steps, `has more than ${limits.steps} entries`),
});
export type Workflow = z.infer<typeof Workflow>;

/** What is wrong with the terms of an auction, and where: holes are filled with text, and terms are numbers. */
function termsFault({ mode, input }: { readonly mode: Mode; readonly input?: Record<string, unknown> | undefined }) {
  const terms = mode === "market" ? readTerms(input) : null;
  if (terms === null || !("fault" in terms)) return null;
  const [, name = "", message = terms.fault] = /^INPUT\.(\S+) (.*)$/s.exec(terms.fault) ?? [];
  return { path: ["input", ...name.split(".")], message };
}

/** Nothing else fills the hole when nobody gives a value. */
export function mustBeGiven(input: WorkflowInput): boolean {
  return input.required && input.default === undefined;
}

function agentAdvice(written: unknown): string {
  const names = `${agentTypes.join(", ")}, any, or can: and a capability, such as can:search`;
  if (typeof written !== "string") return `is one of ${names}`;
  const near = nearest(written, [...agentTypes, "any"]);
  const advice = near === undefined ? "" : ` Did you mean ${near}?`;
  return `cannot be ${JSON.stringify(written.slice(0, 60))}.${advice} The agents are ${names}`;
}
