import { isBlank, trim, upper } from "#/lib/actions/characters.ts";
import { isOneEdit } from "#/lib/actions/edit-distance.ts";
import { actionNames, endMarker, type Key } from "#/lib/actions/grammar.ts";
import { asSeen, isDash } from "#/lib/actions/look-alikes.ts";

/** Only the beginning of a line is looked at: whoever means a part of a block writes short lines. */
const seenUnits = 80;
const callUnits = 400;

const name = `(?:${actionNames.join("|")})`;
const looksLikeAction = new RegExp(`^ACTION[^A-Z]{0,12}(?:[:=]|->)[^A-Z]{0,4}${name}(?![A-Z])`);
const namesAction = new RegExp(
  `["'](?:action|name|tool|tool_name|function|type|kind|call)["'] ?: ?["']${name}["']`,
  "i",
);
const isTag = new RegExp(`^<${name}(?![a-z])|^<[|\uff5c]?(?:action|tool|function|invoke|call).*\\b${name}\\b`, "i");

const endWords = /^END(?:[ _-](?:OF[ _-])?(?:ACTION|BLOCK|TASK|PLAN|DELEGATE|REPLAN|VERIFY|LEARN))?$/;
const hasNoEnd = /^[^\u0080-\uffffDENden]*$/;

const form = `"ACTION: DELEGATE" (or ${actionNames.filter((known) => known !== "DELEGATE").join(", ")}), alone on its line`;

/** A hint depends on the kind of miss alone, so that a model can be told of each kind once. */
const hints = {
  action: `Looks like an ACTION line and is none. Write exactly ${form}.`,
  unknown: `Names no action. Write exactly ${form}.`,
  call: `A call in JSON or XML is text. Write a block; it begins with exactly ${form}.`,
  end: `Looks like an end marker and is none. Write exactly "${endMarker}", alone on its line.`,
  key: (key: Key) => `Looks like the key ${key} and is none. Write exactly "${key}: " and the value.`,
};

/**
 * Why a line at column 0 that is no ACTION line looks like one, with the form to write; null when it does not. The caller
 * has made sure that it stands outside of fences and elements.
 */
export function missedAction(line: string): string | null {
  if (isApart(line) || (!/^[aA*_#{["'<]/.test(line) && beginsPlain(line))) return null;
  return missedActionLine(line.slice(0, seenUnits)) ?? missedCall(line.slice(0, callUnits));
}

function missedActionLine(line: string): string | null {
  const seen = asSeen(line);
  const bare = trim(upper(seen.replace(/^#{1,6} /, "").replace(/[*_]/g, "")));
  if (!bare.startsWith("ACTION")) return null;
  if (looksLikeAction.test(bare)) return hints.action;
  return /^ACTION *:/.test(bare) && !seen.startsWith("#") ? hints.unknown : null;
}

function missedCall(line: string): string | null {
  const isJson = /^[{["']/.test(line) && namesAction.test(line.replace(/\s+/g, " "));
  return isJson || isTag.test(line) ? hints.call : null;
}

/** The same for the end marker, inside of an open block. */
export function missedEnd(line: string): string | null {
  if (line.startsWith(endMarker)) return hints.end;
  if (isApart(line)) return null;
  if (line.length > seenUnits || !/^(?:[-=_~*eE]|[^ -\u007e])/.test(line) || hasNoEnd.test(line)) return null;
  const seen = [...upper(asSeen(line)).replace(/[.:;,! ]+$/, "")];
  const from = Math.max(
    0,
    seen.findIndex((character) => !isRule(character)),
  );
  const to = seen.findLastIndex((character) => !isRule(character)) + 1;
  const before = weight(seen.slice(0, from));
  const behind = weight(seen.slice(to));
  const word = seen.slice(from, to).join("");
  const isEnd = endWords.test(word) && before + behind >= 2;
  const isNearlyEnd = before >= 2 && behind >= 2 && isOneEdit(word, "END");
  return isEnd || isNearlyEnd ? hints.end : null;
}

function isRule(character: string): boolean {
  return isBlank(character) || isDash(character);
}

/** One hyphen begins a list item; a dash of another kind counts as many. */
function weight(rule: readonly string[]): number {
  return rule.reduce((sum, character) => sum + (isBlank(character) ? 0 : beginsPlain(character) ? 1 : 3), 0);
}

/** The same for a key line of the open block that is none by its look-alike characters or unbalanced emphasis. */
export function missedKey(line: string, keyOf: (written: string) => Key | undefined): string | null {
  const start = line.slice(0, seenUnits);
  const seen = asSeen(start);
  if (isApart(line) || (seen === start && !/^[*_]/.test(start))) return null;
  const written = /^[*_ ]*([A-Za-z][A-Za-z _-]*?)[*_ ]*:/.exec(seen)?.[1];
  const key = written === undefined ? undefined : keyOf(written);
  return key === undefined ? null : hints.key(key);
}

/** Text by that alone, whatever it looks like: what is indented or an item of a list (rule 2). */
function isApart(line: string): boolean {
  return isBlank(line[0]) || (/^[-+*]/.test(line) && isBlank(line[1]));
}

function beginsPlain(line: string): boolean {
  const unit = line.charCodeAt(0);
  return unit >= 0x20 && unit < 0x7f;
}
