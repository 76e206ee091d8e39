import type { Fault } from "#/test/faults/fault.ts";
import { workerKill } from "#/test/faults/faults/f01-worker-kill.ts";
import { killAfterResult } from "#/test/faults/faults/f02-kill-after-result.ts";
import { killAroundClaim } from "#/test/faults/faults/f03-kill-around-claim.ts";
import { killInTurn } from "#/test/faults/faults/f04-kill-in-turn.ts";
import { webKill } from "#/test/faults/faults/f05-web-kill.ts";
import { redisKill } from "#/test/faults/faults/f06-redis-kill.ts";
import { redisEmpty } from "#/test/faults/faults/f07-redis-empty.ts";
import { redisNetwork } from "#/test/faults/faults/f08-redis-network.ts";
import { redisRefuses } from "#/test/faults/faults/f09-redis-refuses.ts";
import { redisFailover } from "#/test/faults/faults/f10-redis-failover.ts";
import { postgresKill } from "#/test/faults/faults/f11-postgres-kill.ts";
import { postgresSlow } from "#/test/faults/faults/f12-postgres-slow.ts";
import { partition } from "#/test/faults/faults/f13-partition.ts";
import { zombie } from "#/test/faults/faults/f14-zombie.ts";
import { clock } from "#/test/faults/faults/f15-clock.ts";
import { poisonTask } from "#/test/faults/faults/f16-poison.ts";
import { duplicates } from "#/test/faults/faults/f17-duplicates.ts";
import { disorder } from "#/test/faults/faults/f18-disorder.ts";
import { thousandRuns } from "#/test/faults/faults/f19-thousand-runs.ts";
import { burst } from "#/test/faults/faults/f20-burst.ts";
import { slowViewers } from "#/test/faults/faults/f21-slow-viewers.ts";
import { disconnects } from "#/test/faults/faults/f22-disconnects.ts";
import { malformedOutput } from "#/test/faults/faults/f23-malformed-output.ts";
import { modelFaults } from "#/test/faults/faults/f24-model-faults.ts";
import { endless } from "#/test/faults/faults/f26-endless.ts";
import { graphs } from "#/test/faults/faults/f27-graphs.ts";
import { rollingRestart } from "#/test/faults/faults/f28-rolling-restart.ts";
import { newerVersion } from "#/test/faults/faults/f29-newer-version.ts";
import { launcherFaults } from "#/test/faults/faults/f31-launcher.ts";
import { soak } from "#/test/faults/faults/f32-soak.ts";

/** Every fault, in the order in which the suite runs them. */
export const catalogue: readonly Fault[] = [
  workerKill,
  killAfterResult,
  killAroundClaim,
  killInTurn,
  webKill,
  redisKill,
  redisEmpty,
  redisNetwork,
  redisRefuses,
  redisFailover,
  postgresKill,
  postgresSlow,
  partition,
  zombie,
  clock,
  poisonTask,
  duplicates,
  disorder,
  thousandRuns,
  burst,
  slowViewers,
  disconnects,
  malformedOutput,
  modelFaults,
  endless,
  graphs,
  rollingRestart,
  newerVersion,
  launcherFaults,
  soak,
];
