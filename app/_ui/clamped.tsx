"use client";

import { useState } from "react";

type Props = {
  text: string /** Up to so many characters the text is always shown whole. */;
  atMost: number;
  className?: string;
};

/** Plain text as it was written; a long one is cut and can be opened. */
export function Clamped({ text, atMost, className = "" }: Props) {
  const [open, setOpen] = useState(false);
  const long = text.length > atMost || text.split("\n").length > 12;
  const shown = open || !long ? text : cut(text, atMost);
  return (
    <div className={className}>
      <p className="whitespace-pre-wrap">{shown}</p>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap -ml-1 mt-1 rounded px-1 text-[0.8125rem] font-medium text-accent hover:underline"
        >
          {open ? "Show less" : "Show all"}
        </button>
      )}
    </div>
  );
}

/** The first lines, at most so many characters of them, ending with a whole word where there is one. */
function cut(text: string, atMost: number): string {
  const lines = text.split("\n").slice(0, 12).join("\n");
  const head = lines.length > atMost ? lines.slice(0, atMost).replace(/\s+\S{0,40}$/, "") : lines;
  return `${head.trimEnd()}…`;
}
