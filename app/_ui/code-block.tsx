"use client";

import { isValidElement, type ReactNode } from "react";
import { CopyButton } from "#/app/_ui/copy-button.tsx";

/** Code as it was written, with its language and a way to copy it; long lines scroll in the box. */
export function CodeBlock({ children }: { children: ReactNode }) {
  const { language, code } = readCode(children);
  return (
    <div className="my-4 overflow-hidden rounded-lg border bg-subtle">
      <div className="flex items-center justify-between border-b py-1 pr-1.5 pl-3.5 text-xs text-muted">
        <span className="truncate font-mono">{language || "text"}</span>
        <CopyButton
          text={code}
          label="Copy"
          className="tap inline-flex items-center gap-1.5 rounded-md px-2 py-1 transition-colors hover:text-foreground"
        />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-auto p-3.5 font-mono text-[0.8125rem] leading-relaxed -outline-offset-2 [overflow-wrap:normal]"
      >
        {children}
      </pre>
    </div>
  );
}

/** What react-markdown puts into a `pre`: one `code` element whose child is the text. */
function readCode(children: ReactNode): { language: string; code: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) return { language: "", code: "" };
  const { className = "", children: code } = children.props;
  return { language: className.replace(/^language-/, ""), code: typeof code === "string" ? code : "" };
}
