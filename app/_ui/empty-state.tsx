"use client";

import { ArrowUpRight } from "lucide-react";
import { DeputyMark } from "#/app/_ui/deputy-mark.tsx";

const examples = [
  {
    text: "How does Deputy make sure that a task's result is stored exactly once?",
    does: "Looks it up and quotes its sources",
  },
  {
    text: "Compare how PLANNING and VERIFYING work, then write a plan for adding a new agent",
    does: "Hands out several tasks and puts their results together",
  },
  {
    text: "What can the browser agent open, and what does it refuse?",
    does: "Finds the rules and says where they stand",
  },
];

/** What Deputy is, and three requests that work without any key. */
export function EmptyState({ onAsk }: { onAsk: (text: string) => void }) {
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <div className="mx-auto flex min-h-full max-w-3xl flex-col justify-center px-4 py-10 sm:px-6">
        <DeputyMark className="size-10" />
        <h2 className="mt-5 text-2xl font-semibold tracking-tight text-balance sm:text-[1.75rem]">
          What should be found out?
        </h2>
        <p className="mt-2 max-w-xl text-[0.9375rem] leading-relaxed text-muted">
          Deputy plans your request, hands the parts to specialist agents, checks what they bring back, and answers with
          evidence that you can open.
        </p>
        <ul aria-label="Examples" className="mt-8 divide-y overflow-hidden rounded-xl border bg-card">
          {examples.map((example) => (
            <li key={example.text}>
              <button
                type="button"
                onClick={() => onAsk(example.text)}
                className="group flex w-full items-start gap-4 px-4 py-3.5 text-left transition-colors -outline-offset-2 hover:bg-subtle"
              >
                <span className="min-w-0 flex-1">
                  <span className="block text-[0.9375rem] leading-snug">{example.text}</span>
                  <span aria-hidden className="mt-1 block text-[0.8125rem] text-muted">
                    {example.does}
                  </span>
                </span>
                <ArrowUpRight
                  aria-hidden
                  size={17}
                  strokeWidth={1.75}
                  className="mt-0.5 shrink-0 text-muted transition-colors group-hover:text-accent"
                />
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
