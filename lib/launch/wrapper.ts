import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A fonts.conf for a system that has none, beside the fonts that packages put below the folder. */
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir prefix="relative">usr/share/fonts</dir>
</fontconfig>
`;

/**
 * Writes `<folder>/<name>`, a script that starts a program which was unpacked into the folder, with the libraries and
 * fonts beside it where the system has none of its own. Paths are relative to the folder, which may be moved as a whole.
 */
export async function writeWrapper(
  folder: string,
  name: string,
  program: string,
  libraries: readonly string[],
): Promise<void> {
  const paths = libraries.map((path) => `$here/${path}`).join(":");
  const script = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${paths}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/${program}" "$@"
`;
  await writeFile(join(folder, "fonts.conf"), fonts);
  await writeFile(join(folder, name), script);
  await chmod(join(folder, name), 0o755);
}
