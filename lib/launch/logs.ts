import { createWriteStream, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "#/lib/errors.ts";

export type LogFile = { readonly path: string; write(line: string): void };

const MAX_BYTES = 20_000_000;

/**
 * A file that takes one child's output, line by line. What an earlier start wrote is kept as `<name>.1.log`, and the file
 * begins anew when it has grown to 20 MB. A full disk costs the lines, never the product: it is said once.
 */
export function openLog(dir: string, name: string, say: (line: string) => void): LogFile {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.log`);
  let bytes = 0;
  let file = begin(path, dir, name, say);
  return {
    path,
    write: (line) => {
      if (bytes > MAX_BYTES) {
        file.end();
        file = begin(path, dir, name, say);
        bytes = 0;
      }
      bytes += Buffer.byteLength(line) + 1;
      file.write(`${line}\n`);
    },
  };
}

function begin(path: string, dir: string, name: string, say: (line: string) => void) {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) renameSync(path, join(dir, `${name}.1.log`));
  const file = createWriteStream(path);
  file.once("error", (error) => {
    say(`${path} cannot be written: ${messageOf(error)}`);
    file.on("error", () => {});
  });
  return file;
}
