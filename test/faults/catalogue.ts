import type { Fault } from "#/test/faults/fault.ts";
import { workerKill } from "#/test/faults/faults/f01-worker-kill.ts";
import { killAfterResult } from "#/test/faults/faults/f02-kill-after-result.ts";
import { killAroundClaim } from "#/test/faults/faults/f03-kill-around-claim.ts";
import { killInTurn } from "#/test/faults/faults/f04-kill-in-turn.ts";
import { redisKill } from "#/test/faults/faults/f06-redis-kill.ts";
import { redisEmpty } from "#/test/faults/faults/f07-redis-empty.ts";
import { postgresKill } from "#/test/faults/faults/f11-postgres-kill.ts";
import { partition } from "#/test/faults/faults/f13-partition.ts";
import { zombie } from "#/test/faults/faults/f14-zombie.ts";
import { clock } from "#/test/faults/faults/f15-clock.ts";
import { poisonTask } from "#/test/faults/faults/f16-poison.ts";
import { duplicates } from "#/test/faults/faults/f17-duplicates.ts";

/** Every fault, in the order in which the suite runs them. */
export const catalogue: readonly Fault[] = [
  workerKill,
  killAfterResult,
  killAroundClaim,
  killInTurn,
  redisKill,
  redisEmpty,
  postgresKill,
  partition,
  zombie,
  clock,
  poisonTask,
  duplicates,
];
