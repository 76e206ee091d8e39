/** No name is as long; a longer text is near to none. */
const longest = 40;

/** Letters to add, drop, replace, or swap with their neighbour, to make the one text of the other. */
function editDistance(from: string, to: string): number {
  if (from.length > longest || to.length > longest) return Math.max(from.length, to.length);
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) row.push(cheapest(i, j, row, last, beforeLast));
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;

  function cheapest(i: number, j: number, row: number[], above: number[], aboveThat: number[]): number {
    const isSame = from[i - 1] === to[j - 1];
    const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
    return Math.min(
      (row[j - 1] ?? 0) + 1,
      (above[j] ?? 0) + 1,
      (above[j - 1] ?? 0) + (isSame ? 0 : 1),
      isSwap ? (aboveThat[j - 2] ?? 0) + 1 : longest,
    );
  }
}

/** Whether one letter more, fewer, other, or two neighbours swapped make the one text of the other. */
export function isOneEdit(from: string, to: string): boolean {
  if (Math.abs(from.length - to.length) > 1 || from === to) return false;
  let start = 0;
  while (start < from.length && from[start] === to[start]) start += 1;
  let end = 0;
  const most = Math.min(from.length, to.length) - start;
  while (end < most && from.at(-1 - end) === to.at(-1 - end)) end += 1;
  const [a, b] = [from.slice(start, from.length - end), to.slice(start, to.length - end)];
  return (a.length <= 1 && b.length <= 1) || (a.length === 2 && a === `${b[1]}${b[0]}`);
}

/** The name that is nearest to what was written, unless all are far from it. */
export function nearest<N extends string>(written: string, names: readonly N[]): N | undefined {
  const ranked = names
    .map((name) => ({ name, distance: editDistance(written, name) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
}
