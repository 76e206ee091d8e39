import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { fingerprint } from "#/lib/launch/fingerprint.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

const sources = { folders: ["app", "lib"], files: ["next.config.mjs", "proxy.ts"] };

describe("the fingerprint of the sources", () => {
  let root: string;
  beforeEach(() => {
    root = temporaryFolder();
    mkdirSync(join(root, "app", "api"), { recursive: true });
    writeFileSync(join(root, "app", "api", "route.ts"), "export {};");
    writeFileSync(join(root, "next.config.mjs"), "export default {};");
  });

  test("is the same while nothing changes", () => {
    expect(fingerprint(root, sources)).toBe(fingerprint(root, sources));
  });

  test.each([
    ["a file's content", () => writeFileSync(join(root, "app", "api", "route.ts"), "export default 1;")],
    ["a file's name", () => renameSync(join(root, "app", "api", "route.ts"), join(root, "app", "api", "page.ts"))],
    ["a new file", () => writeFileSync(join(root, "app", "layout.tsx"), "")],
    ["the build's settings", () => writeFileSync(join(root, "next.config.mjs"), "")],
  ])("changes with %s", (_, change) => {
    const before = fingerprint(root, sources);
    change();
    expect(fingerprint(root, sources)).not.toBe(before);
  });

  test("does not change with tests and documents", () => {
    const before = fingerprint(root, sources);
    mkdirSync(join(root, "test"));
    writeFileSync(join(root, "test", "a.test.ts"), "");
    writeFileSync(join(root, "README.md"), "");
    expect(fingerprint(root, sources)).toBe(before);
  });
});
