"use client";

import { formsBeginningWith } from "#/app/_ui/short-forms.ts";

type Props = {
  text: string;
  /** The text with which the form begins. */
  onPick: (beginning: string) => void;
};

/** What can be written behind a slash, while it is being written. */
export function ShortFormList({ text, onPick }: Props) {
  const forms = formsBeginningWith(text);
  if (forms.length === 0) return null;
  return (
    <ul aria-label="Short forms" className="max-h-64 overflow-auto rounded-t-2xl border-b py-1 text-[0.8125rem]">
      {forms.map(({ command, does, example }) => (
        <li key={command}>
          <button
            type="button"
            onClick={() => onPick(`${command}${example.startsWith("then") ? "\n" : " "}`)}
            className="tap flex w-full flex-wrap items-baseline gap-x-2.5 px-4 py-1 text-left -outline-offset-2 transition-colors hover:bg-subtle"
          >
            <span className="min-w-26 font-mono text-xs font-medium">{command}</span>
            <span className="min-w-0">{does}</span>
            <span className="min-w-0 text-xs text-muted">{example}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
