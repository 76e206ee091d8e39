import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFiles } from "#/lib/documents/find-files.ts";
import { readDocumentFile } from "#/lib/documents/read-file.ts";

let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "deputy-files-"));
  for (const folder of ["docs/guide", "docs/.git", "docs/node_modules/x"])
    await mkdir(join(root, folder), { recursive: true });
  for (const file of [
    "b.md",
    "a.MDX",
    "guide/c.html",
    "guide/d.txt",
    "guide/e.png",
    ".git/f.md",
    "node_modules/x/g.md",
    ".hidden.md",
  ]) {
    await writeFile(join(root, "docs", file), "text");
  }
  await symlink(join(root, "docs"), join(root, "docs/guide/loop"));
  await symlink(join(root, "nowhere.md"), join(root, "docs/broken.md"));
  await writeFile(join(root, "binary.md"), Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x00, 0xff]));
  await writeFile(join(root, "latin.txt"), Buffer.from("caf\u00e9", "latin1"));
  await writeFile(join(root, "large.md"), "x".repeat(11 * 1024 * 1024));
  await writeFile(join(root, "marked.md"), "\uFEFF# Title\n\nText.");
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function found(path: string) {
  const all: string[] = [];
  for await (const file of findFiles(join(root, path))) all.push(`${file.kind} ${file.path.slice(root.length + 1)}`);
  return all;
}

describe("finding documents", () => {
  test("takes what can be read, in order, without hidden folders and node_modules, and survives links that loop", async () => {
    expect(await found("docs")).toEqual([
      "file docs/a.MDX",
      "file docs/b.md",
      "trouble docs/broken.md",
      "file docs/guide/c.html",
      "file docs/guide/d.txt",
    ]);
  });

  test("takes a folder that is asked for by name even inside of node_modules", async () => {
    expect(await found("docs/node_modules/x")).toEqual(["file docs/node_modules/x/g.md"]);
  });

  test("names what does not exist and what is no document", async () => {
    expect(await found("missing")).toEqual(["trouble missing"]);
    expect(await found("docs/guide/e.png")).toEqual(["trouble docs/guide/e.png"]);
  });
});

describe("reading a file", () => {
  const read = (name: string) => readDocumentFile(join(root, name), name);

  test("gives its text", async () => {
    expect(await read("docs/b.md")).toEqual({ origin: "docs/b.md", mediaType: "text/markdown", content: "text" });
    expect(await read("marked.md")).toMatchObject({ content: "# Title\n\nText." });
  });

  test("refuses what is binary, in another encoding, too large or gone", async () => {
    expect(await read("binary.md")).toMatchObject({ reason: expect.stringMatching(/binary/) });
    expect(await read("latin.txt")).toMatchObject({ reason: expect.stringMatching(/UTF-8/) });
    expect(await read("large.md")).toMatchObject({ reason: expect.stringMatching(/11\.0 MB, at most 10 MB/) });
    expect(await read("gone.md")).toMatchObject({ reason: expect.stringMatching(/ENOENT/) });
  });
});
