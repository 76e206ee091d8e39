import { isBlank, quoted, trim, upper } from "#/lib/actions/characters.ts";
import { editDistance } from "#/lib/actions/edit-distance.ts";
import { actionNames, endMarker, type Key } from "#/lib/actions/grammar.ts";
import { asSeen, isDash } from "#/lib/actions/look-alikes.ts";

/** Only the beginning of a line is looked at: whoever means a part of a block writes short lines. */
const seenUnits = 80;
const callUnits = 400;

const name = `(?:${actionNames.join("|")})`;
const numbered = new RegExp(`^ACTION[^A-Z]{0,12}(?:[:=]|->)[^A-Z]{0,4}${name}(?![A-Z])`);
const namesAction = new RegExp(
  `["'](?:action|name|tool|tool_name|function|type|kind|call)["'] ?: ?["']${name}["']`,
  "i",
);
const isTag = new RegExp(`^<${name}(?![a-z])|^<[|\uff5c]?(?:action|tool|function|invoke|call).*\\b${name}\\b`, "i");

const actionForm = `A block begins with a line that is exactly one of ${actionNames.map((known) => `"ACTION: ${known}"`).join(", ")}.`;
const endForm = `A block ends with a line that is exactly "${endMarker}".`;

/**
 * Why a line at column 0 that is no ACTION line looks like one, with the form to write; null when it does not. The caller
 * has made sure that it stands outside of fences and elements.
 */
export function missedAction(line: string): string | null {
  if (!/^[aA*_#{["'<]/.test(line) && beginsPlain(line)) return null;
  return missedActionLine(line.slice(0, seenUnits)) ?? missedCall(line.slice(0, callUnits));
}

function missedActionLine(line: string): string | null {
  const seen = asSeen(line);
  const bare = trim(upper(seen.replace(/^#{1,6} /, "").replace(/[*_]/g, "")));
  if (!bare.startsWith("ACTION")) return null;
  if (numbered.test(bare)) return `${quoted(line)} is not read as an ACTION line. ${actionForm}`;
  const begins = /^ACTION *:/.test(bare) && !seen.startsWith("#");
  return begins ? `${quoted(line)} names no action. ${actionForm}` : null;
}

function missedCall(line: string): string | null {
  const isCall = (/^[{["']/.test(line) && namesAction.test(line.replace(/\s+/g, " "))) || isTag.test(line);
  return isCall ? `A call in JSON or XML is only text. ${actionForm}` : null;
}

/** The same for the end marker, inside of an open block. */
export function missedEnd(line: string): string | null {
  if (line.startsWith(endMarker)) return `Behind ${endMarker} stands something else on its line. ${endForm}`;
  const first = line.charAt(0);
  if (line.length > seenUnits || !(/[eE]/.test(first) || isDash(first) || !beginsPlain(first))) return null;
  const seen = [...upper(asSeen(line)).replace(/[.:;,! ]+$/, "")];
  const from = seen.findIndex((character) => !isRule(character));
  const to = seen.findLastIndex((character) => !isRule(character)) + 1;
  const before = weight(seen.slice(0, Math.max(from, 0)));
  const behind = weight(seen.slice(to));
  const word = seen.slice(Math.max(from, 0), to).join("");
  const isEnd = /^END(?:[ _-](?:OF[ _-])?(?:ACTION|BLOCK|TASK|PLAN|DELEGATE|VERIFY|LEARN))?$/.test(word);
  const isNearlyEnd = before >= 2 && behind >= 2 && editDistance(word, "END") === 1;
  return (isEnd && (before >= 2 || behind >= 2)) || isNearlyEnd ? `${quoted(line)} ends no block. ${endForm}` : null;
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
  if (seen === start && !/^[*_]/.test(start)) return null;
  const written = /^[*_ ]*([A-Za-z][A-Za-z _-]*?)[*_ ]*:/.exec(seen)?.[1];
  const key = written === undefined ? undefined : keyOf(written);
  return key === undefined ? null : `${quoted(line)} opens no field. Write exactly "${key}: " and the value.`;
}

function beginsPlain(line: string): boolean {
  const unit = line.charCodeAt(0);
  return unit >= 0x20 && unit < 0x7f;
}
