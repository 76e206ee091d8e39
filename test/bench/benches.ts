import { deltas } from "#/test/bench/benches/deltas.ts";
import { graph } from "#/test/bench/benches/graph.ts";
import { memory } from "#/test/bench/benches/memory.ts";
import { parser } from "#/test/bench/benches/parser.ts";
import { tasks } from "#/test/bench/benches/tasks.ts";
import { turn } from "#/test/bench/benches/turn.ts";
import { viewers } from "#/test/bench/benches/viewers.ts";
import type { Bench } from "#/test/bench/harness/bench.ts";

/** In the order in which they are run. */
export const benches: readonly Bench[] = [tasks, turn, graph, viewers, deltas, parser, memory];
