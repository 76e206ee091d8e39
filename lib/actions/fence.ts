import { isBlank } from "#/lib/actions/characters.ts";

export type Fence = { readonly mark: string; readonly count: number };

/** Watches one line after the other, in pieces of any size and in constant memory, for what opens or closes a fence. */
export type FenceScan = {
  feed(stretch: string): void;
  /** What the line fed so far opens. */
  opens(): Fence | null;
  closes(fence: Fence): boolean;
  nextLine(): void;
};

type Place = "indent" | "marks" | "blanks behind" | "text behind" | "no fence";

export function createFenceScan(): FenceScan {
  let place: Place = "indent";
  let mark = "";
  let count = 0;

  const step = (character: string) => {
    if (place === "indent") {
      if (isBlank(character)) return;
      place = character === "`" || character === "~" ? "marks" : "no fence";
      mark = character;
      count = 1;
    } else if (place === "marks" && character === mark) count += 1;
    else if (count < 3) place = "no fence";
    else place = isBlank(character) ? "blanks behind" : "text behind";
  };

  return {
    feed(stretch) {
      for (let at = 0; at < stretch.length && place !== "no fence" && place !== "text behind"; at += 1) {
        step(stretch.charAt(at));
      }
    },
    opens: () => (place !== "indent" && place !== "no fence" && count >= 3 ? { mark, count } : null),
    closes: (fence) => (place === "marks" || place === "blanks behind") && mark === fence.mark && count >= fence.count,
    nextLine() {
      place = "indent";
      count = 0;
    },
  };
}

/** The fence that opens at the start of a text, as it may behind `TASK:`. */
export function fenceAtStart(text: string): Fence | null {
  const scan = createFenceScan();
  scan.feed(text);
  return scan.opens();
}
