import { expect, test } from "vitest";
import { formsBeginningWith } from "#/app/_ui/short-forms.ts";

const commandsFor = (text: string) => formsBeginningWith(text).map(({ command }) => command);

test("a slash alone offers all forms, its first letters those that begin so", () => {
  expect(commandsFor("/")).toHaveLength(8);
  expect(commandsFor("/w")).toEqual(["/workflow"]);
});

test.each(["", "/workflow", "/market any X", "see /market", "/Market", "/\nx"])("nothing is offered for %j", (text) => {
  expect(commandsFor(text)).toEqual([]);
});
