"use client";

import { Clamped } from "#/app/_ui/clamped.tsx";
import { textOf } from "#/app/_ui/run-parts.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

export function UserMessage({ message }: { message: DeputyMessage }) {
  return (
    <article aria-label="You" className="flex justify-end pl-8 sm:pl-16">
      <Clamped
        text={textOf(message)}
        atMost={1_200}
        className="min-w-0 rounded-2xl rounded-br-md bg-subtle px-4 py-2.5 text-[0.9375rem] leading-relaxed"
      />
    </article>
  );
}
