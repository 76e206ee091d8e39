import type { Board, Note } from "#/lib/protocol/orchestration.ts";

/** One board for several executions: whoever waits is woken by a post, and all are told that it is quiet once all of them wait. */
export class FakeBoard {
  readonly notes: Note[] = [];
  #live = 0;
  readonly #waiting = new Map<symbol, (changed: boolean) => void>();

  /** The board as the task with this reference sees it, for as long as `work` takes. */
  async during<T>(ref: string, work: (board: Board) => Promise<T>): Promise<T> {
    this.#live += 1;
    try {
      return await work(this.#seenBy(ref));
    } finally {
      this.#live -= 1;
      this.#tellQuiet();
    }
  }

  #seenBy(author: string): Board {
    let seen = 0;
    const me = Symbol(author);
    return {
      read: async () => {
        seen = this.#version;
        return [...this.notes];
      },
      post: async (note) => {
        const id = `${author} ${note.kind} ${note.text}`;
        if (!this.notes.some((other) => other.id === id)) {
          this.notes.push({ ...note, id, author, agent: "knowledge", at: "2026-01-01T00:00:00Z", retracted: false });
          this.#wake();
        }
        return id;
      },
      retract: async (id) => {
        const at = this.notes.findIndex((note) => note.id === id && note.author === author);
        const note = this.notes[at];
        if (note === undefined) throw new Error("not your note");
        this.notes[at] = { ...note, retracted: true };
        this.#retracted += 1;
        this.#wake();
      },
      changed: (): Promise<boolean> => {
        if (seen !== this.#version) return Promise.resolve(true);
        return new Promise((resolve) => {
          this.#waiting.set(me, resolve);
          this.#tellQuiet();
        });
      },
    };
  }

  #retracted = 0;

  get #version(): number {
    return this.notes.length + this.#retracted;
  }

  #wake(): void {
    this.#tell(true);
  }

  #tellQuiet(): void {
    if (this.#waiting.size > 0 && this.#waiting.size >= this.#live) this.#tell(false);
  }

  #tell(changed: boolean): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const resolve of waiting) resolve(changed);
  }
}

/** For agents that have no business with the board. */
export const noBoard: Board = {
  read: () => Promise.reject(new Error("nobody reads the board here")),
  post: () => Promise.reject(new Error("nobody posts here")),
  retract: () => Promise.reject(new Error("nobody posts here")),
  changed: () => Promise.reject(new Error("nobody reads the board here")),
};
