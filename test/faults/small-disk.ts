import { execFile } from "node:child_process";
import { chown, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "#/lib/errors.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";

/** A small file system that holds the tables of this fault's database, and nothing else. */
export type SmallDisk = {
  fill(): Promise<void>;
  free(): Promise<void>;
  /** The tables go back to where the others are. */
  close(): Promise<void>;
};

const MEGABYTES = 96;
const run = promisify(execFile);

/** A sentence that says why not where the suite may not mount one. The log of the database stays where it is. */
export async function openSmallDisk(stack: Stack): Promise<SmallDisk | string> {
  const { servers } = stack;
  const dir = join(servers.dir, "small");
  await mkdir(dir);
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${MEGABYTES}m`, "tmpfs", dir]);
  } catch (thrown) {
    await rm(dir, { recursive: true });
    return `no disk could be filled: ${messageOf(thrown).trim()}`;
  }
  const space = join(dir, "space");
  const ballast = join(dir, "ballast");
  const owner = await stat(`/proc/${servers.postgres.pid}`);
  await mkdir(space);
  await chown(space, owner.uid, owner.gid);
  await look(stack, (sql) => sql.unsafe(`create tablespace small location '${space}'`));
  await moveTables(stack, "pg_default", "small");
  const free = () => rm(ballast, { force: true });
  return {
    // Fails for want of space when it has taken all that there is.
    fill: () => writeFile(ballast, Buffer.alloc(MEGABYTES * 1_048_576, 1)).catch(() => undefined),
    free,
    async close() {
      await free();
      await moveTables(stack, "small", "pg_default");
      await look(stack, (sql) => sql`drop tablespace small`);
      await run("umount", [dir]);
    },
  };
}

async function moveTables(stack: Stack, from: string, to: string): Promise<void> {
  await look(stack, async (sql) => {
    await sql.unsafe(`alter table all in tablespace ${from} set tablespace ${to}`);
    await sql.unsafe(`alter index all in tablespace ${from} set tablespace ${to}`);
  });
}
