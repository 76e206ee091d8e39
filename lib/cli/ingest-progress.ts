import { type Output, styled, writeLine } from "#/lib/cli/terminal.ts";

const BAR_CELLS = 24;
const LINE_EVERY_FILES = 100;
const CLEAR_LINE = "\r\u001b[K";

/** How far an ingestion is: a bar that stays on its line on a terminal, elsewhere a line every 100 files. */
export class IngestProgress {
  readonly #output: Output;
  readonly #quiet: boolean;
  #total = 0;
  #done = 0;

  constructor(output: Output, quiet: boolean) {
    this.#output = output;
    this.#quiet = quiet;
  }

  begin(total: number): void {
    this.#total = total;
    this.#draw();
  }

  advance(files: number): void {
    const before = Math.floor(this.#done / LINE_EVERY_FILES);
    this.#done += files;
    if (this.#isBar) this.#draw();
    else if (!this.#quiet && Math.floor(this.#done / LINE_EVERY_FILES) > before)
      writeLine(this.#output, this.#position);
  }

  /** A line of its own, above the bar. Said even when quiet. */
  say(line: string): void {
    if (this.#isBar && this.#total > 0) this.#output.write(CLEAR_LINE);
    writeLine(this.#output, styled(this.#output, "yellow", line));
    if (this.#total > 0) this.#draw();
  }

  end(): void {
    if (this.#isBar) this.#output.write(CLEAR_LINE);
    this.#total = 0;
  }

  get #isBar(): boolean {
    return this.#output.isTTY === true && !this.#quiet;
  }

  get #position(): string {
    return `${this.#done.toLocaleString("en-US")} of ${this.#total.toLocaleString("en-US")} files`;
  }

  #draw(): void {
    if (!this.#isBar || this.#total === 0) return;
    const full = Math.round((BAR_CELLS * this.#done) / this.#total);
    this.#output.write(`${CLEAR_LINE}${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)} ${this.#position}`);
  }
}
