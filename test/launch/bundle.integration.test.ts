import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { MINUTE } from "#/lib/clock.ts";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

describe("the bundle of launcher, worker and web", () => {
  let root: string;

  beforeEach(() => {
    root = temporaryFolder();
    for (const part of ["agents", "lib", "app/server.ts", "package.json", "tsconfig.json"])
      cpSync(join(projectRoot, part), join(root, part), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  });

  test("holds them, and every thread that they start", async () => {
    const bundle = await ensureBundled(root);
    const files = readdirSync(bundle);
    expect(files).toEqual(expect.arrayContaining(["launcher.js", "worker.js", "web.js", ...threadsIn(bundle, files)]));
    expect(threadsIn(bundle, files)).toEqual(
      expect.arrayContaining(["lease-thread.js", "reading-thread.js", "report-thread.js"]),
    );
  });

  test("runs: the worker in it says what is missing, as it does from its sources", async () => {
    const bundle = await ensureBundled(root);
    const env = plainEnvironment;
    const run = spawnSync(process.execPath, [entryIn(bundle, "worker")], { env, encoding: "utf8" });
    expect(run.stderr).toContain("DATABASE_URL is not set");
  });

  test("is made once, and anew when a source changes", async () => {
    const first = await ensureBundled(root);
    expect(await ensureBundled(root)).toBe(first);
    writeFileSync(join(root, "lib", "errors.ts"), `${readFileSync(join(root, "lib", "errors.ts"), "utf8")}\n`);
    const second = await ensureBundled(root);
    expect(second).not.toBe(first);
    expect(existsSync(entryIn(first, "worker")), "who runs from it may still need it").toBe(true);
    expect(readdirSync(join(root, ".build")).sort()).toEqual([basename(first), basename(second)].sort());
  });

  test("is the same for all who ask for it at once", async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => ensureBundled(root)));
    expect(new Set(others)).toEqual(new Set([first]));
    expect(readdirSync(join(root, ".build"))).toEqual([basename(first ?? "")]);
  });

  test("removes what a killed process left of one, and leaves what another may be at work on", async () => {
    const left = join(root, ".build", "0123456789abcdef.71");
    const underWay = join(root, ".build", "0123456789abcdef.72");
    for (const folder of [left, underWay]) mkdirSync(folder, { recursive: true });
    utimesSync(left, new Date(), new Date(Date.now() - 2 * 60 * MINUTE));
    await ensureBundled(root);
    expect([left, underWay].map((folder) => existsSync(folder))).toEqual([false, true]);
  });

  test("names the place in a source that cannot be read, and leaves nothing half made", async () => {
    writeFileSync(join(root, "lib", "errors.ts"), "export const = 1;");
    await expect(ensureBundled(root)).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringContaining("lib/errors.ts:1:13"),
    });
    expect(existsSync(join(root, ".build")) ? readdirSync(join(root, ".build")) : []).toEqual([]);
  });
});

test("npm start knows the launcher and the worker, and nothing else", () => {
  const start = join(projectRoot, "lib", "launch", "start.ts");
  expect(() => execFileSync(process.execPath, [start, "everything"], { stdio: "pipe" })).toThrow(
    "`npm start everything` is not known",
  );
});

/** What the files hand to `new Worker`. */
function threadsIn(bundle: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(bundle, file), "utf8");
    return [...text.matchAll(/new Worker\(new URL\("\.\/([^"]+)", import\.meta\.url\)/g)].map(([, name = ""]) => name);
  });
}
