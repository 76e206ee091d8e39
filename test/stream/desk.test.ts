import { expect, test } from "vitest";
import { log } from "#/lib/log.ts";
import { Acks } from "#/lib/stream/acks.ts";
import { Desk } from "#/lib/stream/desk.ts";
import { openDoorbell } from "#/lib/stream/doorbell.ts";
import type { Found } from "#/lib/stream/pending.ts";

test("a desk takes what it has room for, in order, and keeps the rest until there is room again", () => {
  let room = 1;
  const taken: string[] = [];
  const kind = {
    agent: "knowledge" as const,
    room: () => room,
    untilRoom: async () => {},
    take: ({ taskId }: { taskId: string }) => {
      room -= 1;
      taken.push(taskId);
    },
  };
  // Connects nothing: nothing is acked.
  const doorbell = openDoorbell({ url: "redis://127.0.0.1:1", prefix: "desk", log });
  const desk = new Desk(kind, "desk", new Acks(doorbell), () => {});
  const [high, normal, low] = desk.lanes;
  const entry = (taskId: string): Found[] => [["1-1", ["v", "1", "task", taskId, "hash", "h"]]];
  if (high) desk.receive(high, entry("first"));
  if (normal) desk.receive(normal, entry("second"));
  if (low) desk.receive(low, entry("third"));
  expect([taken, desk.spare]).toEqual([["first"], -2]);
  room = 1;
  desk.takeWaiting();
  expect(taken).toEqual(["first", "second"]);
  room = 5;
  desk.takeWaiting();
  expect([taken, desk.spare]).toEqual([["first", "second", "third"], 4]);
});
