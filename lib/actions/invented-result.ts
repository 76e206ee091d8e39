/** How models that learned other formats write what a tool is to say: a line that begins so, perhaps in bold. */
const pretence = /^[ \t]*[*_]{0,3}(?:results?|observations?|tool results?|agent results?)[*_]{0,3}[ \t]*:/im;

/**
 * Whether prose behind a DELEGATE pretends to hold a result: it was written before any agent had begun, so whatever it says
 * there is made up (actions.md, 4).
 */
export function inventsResult(prose: string): boolean {
  return pretence.test(prose);
}
