"use client";

/** What was typed and not sent, per conversation. A browser that keeps nothing for us costs the draft, never the page. */
export function readDraft(key: string): string {
  try {
    return localStorage.getItem(nameOf(key)) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(key: string, text: string): void {
  try {
    if (text === "") localStorage.removeItem(nameOf(key));
    else localStorage.setItem(nameOf(key), text);
  } catch {
    return;
  }
}

/** A kept draft and what was typed before it could be shown; the browser may have put one back by itself. */
export function withEarly(kept: string, early: string): string {
  if (kept.includes(early)) return kept;
  return early.includes(kept) ? early : `${kept}\n\n${early}`;
}

function nameOf(key: string): string {
  return `deputy:draft:${key}`;
}
