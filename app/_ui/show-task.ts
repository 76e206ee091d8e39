"use client";

/** The address of a task's card within the page. */
export function cardIdOf(taskId: string): string {
  return `task-${taskId}`;
}

/** Brings a task's card into view, opens what it is folded into, and moves the focus there. */
export function showTask(taskId: string): void {
  const card = document.getElementById(cardIdOf(taskId));
  if (card === null) return;
  for (let at = card.parentElement; at !== null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  card.focus({ preventScroll: true });
}
