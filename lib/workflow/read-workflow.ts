import { type Document, LineCounter, parseDocument, type YAMLError } from "yaml";
import { checkGraph } from "#/lib/workflow/check-graph.ts";
import { checkInputs, type InputSchemas } from "#/lib/workflow/check-inputs.ts";
import { notRead } from "#/lib/workflow/not-read.ts";
import { type Fault, type Place, Places } from "#/lib/workflow/place.ts";
import { reasonsOf } from "#/lib/workflow/reasons.ts";
import { limits, Workflow } from "#/lib/workflow/schema.ts";

export type Reading =
  | { readonly workflow: Workflow; readonly warnings: readonly Fault[] }
  | { readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] };

/** Further ones of a kind are seldom news. */
const mostFaults = 50;
const start: Place = { line: 1, column: 1 };

/**
 * A workflow out of the text of a YAML or JSON file, or every mistake in it with its place. Never throws. What YAML can do
 * beyond JSON is read, but for anchors, aliases and tags: a file says what it says where it stands. The `input` of steps is
 * compared with the schemas that are given.
 */
export function readWorkflow(text: string, schemas: InputSchemas = new Map()): Reading {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes)
    return refused([{ ...start, message: `The file has more than ${limits.bytes / 1_024} KB.` }]);
  const source = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const counter = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: counter,
    prettyErrors: false,
    schema: "core",
    stringKeys: true,
    // It compares each key with all others; `notRead` finds the same in one go.
    uniqueKeys: false,
  });
  const places = new Places(document, counter, source);
  const { faults, hasAlias } = notRead(document, places);
  const broken = syntaxFaults(document, places, source);
  if (broken.length > 0 || hasAlias) return refused([...broken, ...faults]);
  const read = readContent(document.toJS({ maxAliasCount: 0 }), places, schemas);
  if (faults.length === 0) return read;
  return refused([...faults, ...("faults" in read ? read.faults : [])], read.warnings);
}

function readContent(content: unknown, places: Places, schemas: InputSchemas): Reading {
  const parsed = Workflow.safeParse(content);
  const reasons = reasonsOf(parsed.error?.issues.slice(0, mostFaults) ?? [], content).map(
    ({ path, ofKey, message }) => ({
      ...(ofKey ? places.ofKey(path) : places.ofValue(path)),
      message,
    }),
  );
  const found = checkGraph(content);
  const placed = ({ path, words, message }: (typeof found)[number]) => ({
    ...(words === undefined ? places.ofValue(path) : places.ofWords(path, words)),
    message,
  });
  const warnings = found
    .filter(({ isWarning }) => isWarning)
    .map(({ path, message }) => ({ ...places.ofKey(path), message }));
  const unfit = checkInputs(content, schemas).map(({ path, message }) => ({ ...places.ofValue(path), message }));
  const faults = [...reasons, ...found.filter(({ isWarning }) => !isWarning).map(placed), ...unfit];
  if (parsed.success && faults.length === 0) return { workflow: parsed.data, warnings };
  return refused(faults, warnings);
}

/** What is nested too deeply was not read to its end: all that follows from that is no news. */
function syntaxFaults({ errors }: Document.Parsed, places: Places, source: string): Fault[] {
  const tooDeep = errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const told = tooDeep === undefined ? errors : [tooDeep];
  return told.map((error) => ({ ...places.at(error.pos[0]), message: syntaxReason(error, source) }));
}

function syntaxReason({ code, message, pos }: YAMLError, source: string): string {
  const isBareHole = code === "NON_STRING_KEY" && source.slice(Math.max(pos[0] - 1, 0), pos[0] + 1).includes("{");
  if (isBareHole) return 'A value that begins with a hole stands in quotes: "{{topic}} ...".';
  if (code === "MULTIPLE_DOCS") return "The file holds several documents; a workflow is one.";
  if (code === "RESOURCE_EXHAUSTION") return "The file is nested too deeply.";
  return `${message}.`;
}

function refused(faults: readonly Fault[], warnings: readonly Fault[] = []): Reading {
  const ordered = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { faults: ordered.slice(0, mostFaults), warnings };
}
