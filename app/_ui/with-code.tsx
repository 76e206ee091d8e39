/** A sentence in which what stands between backticks is code. */
export function WithCode({ text }: { text: string }) {
  return text.split("`").map((piece, position) =>
    position % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one sentence have no other identity
      <code key={position} className="rounded bg-subtle px-1 py-px font-mono text-[0.92em]">
        {piece}
      </code>
    ) : (
      piece
    ),
  );
}
