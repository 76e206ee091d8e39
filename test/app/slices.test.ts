import { expect, it } from "vitest";
import { Slices } from "#/app/api/slices.ts";

/** Longer than a slice. */
const WORK_MS = 6;

it("does what takes long one after another, and lets everything else go on in between", async () => {
  const done: string[] = [];
  const slices = new Slices();
  for (const name of ["first", "second", "third"]) {
    slices.add(() => {
      for (const end = performance.now() + WORK_MS; performance.now() < end; );
      done.push(name);
      setImmediate(() => done.push(`behind the ${name}`));
    });
  }
  await expect.poll(() => done.length).toBe(6);
  expect(done).toEqual(["first", "behind the first", "second", "behind the second", "third", "behind the third"]);
});

it("does what is short together, and what comes later, too", async () => {
  const done: number[] = [];
  const slices = new Slices();
  slices.add(() => {
    done.push(1);
    slices.add(() => done.push(3));
  });
  slices.add(() => done.push(2));
  expect(done).toEqual([]);
  await expect.poll(() => done).toEqual([1, 2, 3]);
  slices.add(() => done.push(4));
  await expect.poll(() => done).toEqual([1, 2, 3, 4]);
});
