import { createHash } from "node:crypto";
import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DeputyError } from "#/lib/errors.ts";
import type { User } from "#/lib/launch/child.ts";
import { canEnter } from "#/lib/launch/data-place.ts";

/** The system's limit for the path of a unix socket. */
const MAX_SOCKET_BYTES = 107;
const NOBODY: User = { uid: 65_534, gid: 65_534 };

/** Where the sockets of the servers of one data folder stand: short, in the temporary folder, the same at every start. */
export function socketFolder(dataDir: string): string {
  const hash = createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 12);
  const own = join(tmpdir(), `deputy-${process.getuid?.() ?? 0}-${hash}`);
  const fits = Buffer.byteLength(join(own, "postgres", ".s.PGSQL.5432")) <= MAX_SOCKET_BYTES;
  return fits && enterable(tmpdir()) ? own : join("/tmp", `deputy-${process.getuid?.() ?? 0}-${hash}`);
}

/** Made when it is missing, for `user` alone (and root). Throws `socket-folder` when somebody else owns it. */
export async function makeSocketFolder(dir: string, user?: User): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const self = process.getuid?.() ?? 0;
  const { uid } = await stat(dir);
  if (uid !== self && uid !== user?.uid) {
    throw new DeputyError(
      "socket-folder",
      `${dir} belongs to another user (${uid}); remove it, or set TMPDIR to another folder.`,
    );
  }
  await chmod(dir, 0o700);
  if (user) await chown(dir, user.uid, user.gid);
}

/** Throws `socket-path` when the system would refuse it. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_BYTES) return;
  throw new DeputyError(
    "socket-path",
    `${path} is ${bytes} bytes long; a unix socket's path may have ${MAX_SOCKET_BYTES}. Set TMPDIR to a shorter folder.`,
  );
}

function enterable(dir: string): boolean {
  return process.getuid?.() !== 0 || canEnter(dir, NOBODY);
}
