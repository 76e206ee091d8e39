import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "#/lib/launch/project-root.ts";
import { version } from "#/lib/launch/version.ts";

test("the version is the one of package.json", () => {
  expect(readFileSync(join(projectRoot, "package.json"), "utf8")).toContain(`"version": "${version}"`);
});
