import type { Output } from "#/lib/cli/terminal.ts";

const CELLS = 30;
const CLEAR_LINE = "\r\u001b[K";
/** Where nothing can be overwritten, a line each tenth. */
const STEPS = 10;

/** How many tasks have settled: a bar that stays on its line on a terminal, elsewhere ten lines in all. */
export class ProgressBar {
  readonly #output: Output;
  readonly #total: number;
  #step = 0;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#total = total;
  }

  show(settled: number, failed: number): void {
    const share = settled / this.#total;
    const words = `${settled.toLocaleString("en-US")} of ${this.#total.toLocaleString("en-US")} tasks${failed > 0 ? `, ${failed} failed` : ""}`;
    const full = Math.floor(share * CELLS);
    if (this.#output.isTTY === true)
      this.#output.write(`${CLEAR_LINE}${"█".repeat(full)}${"░".repeat(CELLS - full)} ${words}`);
    else if (Math.floor(share * STEPS) > this.#step) this.#output.write(`${words}\n`);
    this.#step = Math.floor(share * STEPS);
  }

  end(): void {
    if (this.#output.isTTY === true) this.#output.write("\n");
  }
}
