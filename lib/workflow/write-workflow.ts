import { Document, isCollection, isMap, isScalar, isSeq, type Pair } from "yaml";
import { mustBeGiven, type Step, type Workflow, type WorkflowInput } from "#/lib/workflow/schema.ts";
import { writeTimeout } from "#/lib/workflow/timeout.ts";

/** Longer lines are folded. */
const lineWidth = 110;

/**
 * A workflow as YAML in the one canonical form: keys in the order of the schema, what has its default left out, and above
 * it how to run it. `readWorkflow` gives the same workflow back, and a canonical text survives reading and writing letter by letter.
 */
export function writeWorkflow(workflow: Workflow): string {
  const document = new Document(contentOf(workflow), { schema: "core", aliasDuplicateObjects: false });
  document.commentBefore = headOf(workflow);
  if (isMap(document.contents)) for (const pair of document.contents.items) lay(pair);
  return document.toString({ lineWidth, blockQuote: "literal", flowCollectionPadding: false });
}

/** The two command lines that run it, as comments. */
function headOf({ name, inputs }: Workflow): string {
  const needed = Object.keys(inputs).filter((input) =>
    mustBeGiven(inputs[input] ?? { description: "", required: false }),
  );
  const set = needed.map((input) => ` --set ${input}="..."`).join("");
  const values = needed.map((input) => ` ${input}="..."`).join("");
  return ` Run it:      deputy workflow run ${name}${set}\n In the chat: /workflow ${name}${values}`;
}

function contentOf({ deputy, name, title, description, inputs, steps }: Workflow) {
  const written = Object.entries(inputs).map(([input, about]) => [input, inputContent(about)]);
  return {
    deputy,
    name,
    title,
    ...(description !== "" && { description }),
    ...(written.length > 0 && { inputs: Object.fromEntries(written) }),
    steps: steps.map(stepContent),
  };
}

function inputContent({ description, required, default: value }: WorkflowInput) {
  return {
    ...(description !== "" && { description }),
    ...(!required && { required }),
    ...(value !== undefined && { default: value }),
  };
}

function stepContent(step: Step) {
  const { id, agent, task, after, mode, priority, strict, timeout } = step;
  const { voters, minAgreement, aggregate, complexity, condition, retries, input } = step;
  return withoutAbsent({
    id,
    agent,
    task,
    after: after.length > 0 ? after : undefined,
    mode: mode === "parallel" ? undefined : mode,
    voters,
    minAgreement,
    aggregate,
    complexity,
    priority: priority === "normal" ? undefined : priority,
    strict: strict ? undefined : strict,
    condition,
    retries,
    timeout: timeout === undefined ? undefined : writeTimeout(timeout),
    input,
  });
}

function withoutAbsent(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
}

/** A blank line above inputs, steps, and each step but the first; ids of `after` in one line. */
function lay({ key, value }: Pair): void {
  if (isScalar(key) && (key.value === "inputs" || key.value === "steps")) key.spaceBefore = true;
  if (!isSeq(value)) return;
  value.items.forEach((step, at) => {
    if (!isMap(step)) return;
    step.spaceBefore = at > 0;
    const after = step.get("after", true);
    if (isCollection(after)) after.flow = true;
  });
}
