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

function nameOf(key: string): string {
  return `deputy:draft:${key}`;
}
