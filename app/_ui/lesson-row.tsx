"use client";

import { Lightbulb } from "lucide-react";
import type { LessonPart } from "#/lib/chat/parts.ts";

/** What the run leaves for the next ones. */
export function LessonRow({ lesson }: { lesson: LessonPart }) {
  return (
    <p className="flex items-start gap-2 text-[0.8125rem] leading-relaxed text-muted">
      <Lightbulb aria-hidden size={14} strokeWidth={2} className="mt-1 shrink-0" />
      <span className="min-w-0">
        <span className="font-medium">Learned:</span> {lesson.lesson}
        {lesson.tags.length > 0 && <span> ({lesson.tags.join(", ")})</span>}
      </span>
    </p>
  );
}
