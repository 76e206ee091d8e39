import { chmod, mkdir, stat } from "node:fs/promises";
import { DeputyError } from "#/lib/errors.ts";

const candidates = ["/var/lib/deputy", "/var/tmp/deputy", "/tmp/deputy"];

/**
 * A folder of root's that every user may enter, for what must not stand below a closed home. Throws `no-system-folder`
 * when none can be made.
 */
export async function systemFolder(): Promise<string> {
  for (const folder of candidates) {
    if (await isOurs(folder)) return folder;
  }
  throw new DeputyError(
    "no-system-folder",
    `Postgres does not run as root, and none of ${candidates.join(", ")} can be used to place it where another user can ` +
      "reach it. Start as an ordinary user, or set DATABASE_URL to a running Postgres.",
  );
}

/** Below a folder that all may write to, somebody else could have made it first. */
async function isOurs(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    const found = await stat(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
    await chmod(folder, 0o755);
    return true;
  } catch {
    return false;
  }
}
