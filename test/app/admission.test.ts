import { expect, test } from "vitest";
import { admitted } from "#/app/api/admission.ts";

test("turns away what comes while too many are being started, at once, and takes more when some are done", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  const first = Array.from({ length: 128 }, () => admitted(() => answered));
  await expect(admitted(async () => "late")).rejects.toMatchObject({ code: "busy" });
  answer("done");
  expect(new Set(await Promise.all(first))).toEqual(new Set(["done"]));
  expect(await admitted(async () => "later")).toBe("later");
});

test("forgets a start that failed", async () => {
  const failing = Array.from({ length: 128 }, () => admitted(() => Promise.reject(new Error("no"))));
  await Promise.allSettled(failing);
  expect(await admitted(async () => "fine")).toBe("fine");
});
