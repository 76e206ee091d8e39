import type { Fields } from "#/lib/actions/fields.ts";
import { endMarker, limits } from "#/lib/actions/grammar.ts";
import { readAction } from "#/lib/actions/read-action.ts";
import type { ActionKind, Block, Span } from "#/lib/protocol/action.ts";
import type { Gate, Refusal } from "#/lib/protocol/gate.ts";

/** How an output ended; it changes the words of a `truncated` message and no verdict. */
export type Finish = "stop" | "length" | "error";

/** A block from its ACTION line to wherever it ended. */
export type WrittenBlock = {
  readonly kind: ActionKind;
  readonly span: Span;
  /** By its marker, by another ACTION line, or with the text. */
  readonly end: "marker" | "action" | Finish;
  readonly fields: Fields;
  /** What was normalised in the ACTION line and the end marker. */
  readonly normalised: readonly string[];
};

/** The verdicts on the blocks of one output, which must be asked for in the order of the text. */
export type Judge = { decide(block: WrittenBlock): Block };

const truncations: Record<Finish, string> = {
  stop: "The output ended",
  length: "The output was cut off at its length limit",
  error: "The output broke off",
};

/** `taken`: the IDs of the run's tasks so far. */
export function createJudge(options: { gate: Gate; taken?: Iterable<string> }): Judge {
  const ids = new Set(options.taken);
  let blocks = 0;
  let lowest = 1;
  const taken = {
    has: (id: string) => ids.has(id),
    lowestFree() {
      while (ids.has(`t${lowest}`)) lowest += 1;
      return `t${lowest}`;
    },
  };

  return {
    decide(block) {
      blocks += 1;
      const { span, kind, fields } = block;
      const refused = (refusal: Refusal): Block => ({ verdict: "refused", span, ...refusal });
      const refusal = refusalOfForm(block, blocks) ?? options.gate.refuses(kind);
      if (refusal !== null) return refused(refusal);

      const action = readAction(kind, fields, taken);
      if (action === null) return refused(fields.faults.first() ?? unnamed(kind));

      const notAdmitted = options.gate.admit(action);
      if (notAdmitted !== null) return refused(notAdmitted);

      if (action.kind === "delegate") ids.add(action.id);
      return { verdict: "accepted", span, normalised: [...block.normalised, ...fields.normalised], action };
    },
  };
}

function refusalOfForm({ span, end, fields }: WrittenBlock, number: number): Refusal | null {
  if (span[1] - span[0] > limits.blockUnits || fields.taskUnits > limits.taskUnits) {
    const allowed = `${limits.blockUnits} characters a block, ${limits.taskUnits} a TASK`;
    return { code: "too-large", message: `The block is too large; at most ${allowed}.` };
  }
  if (number > limits.blocks) {
    return { code: "too-many", message: `An output holds at most ${limits.blocks} blocks; this is number ${number}.` };
  }
  if (end === "marker") return null;
  if (end === "action") {
    return { code: "unterminated", message: `Another ACTION line came before ${endMarker}. ${markerAdvice}` };
  }
  return { code: "truncated", message: `${truncations[end]} before ${endMarker}. ${markerAdvice}` };
}

const markerAdvice = `Close each block with the line ${endMarker}, alone at the start of its line.`;

/** No reader gives up without naming a fault. */
function unnamed(kind: ActionKind): never {
  throw new Error(`a block of kind ${kind} was refused without a fault`);
}
