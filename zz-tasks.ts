import { readdirSync, readFileSync } from "node:fs";
import { Timed } from "#/test/bench/harness/closed-loop.ts";
import { startMember } from "#/test/bench/harness/member.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";
import { startServers } from "#/zz-servers.ts";

function cpu(pid: number) {
  try {
    const f = readFileSync(`/proc/${pid}/stat`, "utf8");
    const p = f.slice(f.lastIndexOf(")") + 2).split(" ");
    return (Number(p[11]) + Number(p[12])) * 10;
  } catch {
    return 0;
  }
}
function kids(pid: number) {
  return readdirSync("/proc")
    .filter((n) => /^\d+$/.test(n))
    .map(Number)
    .filter((n) => {
      try {
        const f = readFileSync(`/proc/${n}/stat`, "utf8");
        return Number(f.slice(f.lastIndexOf(")") + 2).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    });
}
const servers = await startServers(process.env.STAT ? { shared_preload_libraries: "pg_stat_statements" } : {});
const env = await freshSettings(servers);
if (process.env.PRE) {
  const { connect } = await import("#/lib/store/connect.ts");
  const sql = connect(env.DATABASE_URL!, 1);
  await sql.unsafe(process.env.PRE);
  await sql.end();
}
const flags = process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof"] : [];
const worker = await startMember("worker.ts", { env, nodeFlags: flags });
const req = await startMember("ours/tasks-requester.ts", { env, nodeFlags: flags });
const tot = () => ({
  w: cpu(worker.pid),
  r: cpu(req.pid),
  redis: cpu(servers.redis.pid),
  pg: [servers.postgres.pid, ...kids(servers.postgres.pid)].reduce((a, p) => a + cpu(p), 0),
});
await req.ask("load", { outstanding: 100, seconds: 2 }, Timed);

import { writeFileSync } from "node:fs";
writeFileSync(
  "/tmp/zz.pids",
  JSON.stringify({ pg: [servers.postgres.pid, ...kids(servers.postgres.pid)], w: worker.pid, r: req.pid }),
);
for (const o of (process.env.O ?? "100,100,1").split(",").map(Number)) {
  if (process.env.STAT) {
    const { connect } = await import("#/lib/store/connect.ts");
    const sql = connect(env.DATABASE_URL!, 1);
    await sql.unsafe("create extension if not exists pg_stat_statements");
    await sql.unsafe("select pg_stat_statements_reset()");
    await sql.end();
  }
  const a = tot();
  const t = await req.ask("load", { outstanding: o, seconds: Number(process.env.S ?? 4) }, Timed);
  const b = tot();
  const n = t.done;
  const us = (k: "w" | "r" | "redis" | "pg") => Math.round(((b[k] - a[k]) * 1000) / n);
  console.log(
    o,
    (n / t.seconds).toFixed(0) + "/s",
    "p50",
    t.p50.toFixed(2),
    "p99",
    t.p99.toFixed(1),
    "cpu us/task: worker",
    us("w"),
    "req",
    us("r"),
    "redis",
    us("redis"),
    "pg",
    us("pg"),
    "sum",
    us("w") + us("r") + us("redis") + us("pg"),
  );
}
if (process.env.STAT) {
  const { connect } = await import("#/lib/store/connect.ts");
  const sql = connect(env.DATABASE_URL!, 1);
  await sql.unsafe("create extension if not exists pg_stat_statements");
  const rows = await sql.unsafe(
    "select left(regexp_replace(query, '\\s+', ' ', 'g'),110) q, calls, round(total_exec_time::numeric) ms, round(mean_exec_time::numeric,3) mean, rows, shared_blks_hit hit, wal_bytes/1000 walkb from pg_stat_statements order by total_exec_time desc limit 25",
  );
  for (const r of rows) console.log(r.ms, r.calls, r.mean, r.rows, r.hit, r.walkb, r.q);
  await sql.end();
}
await worker.stop();
await req.stop();
await servers.stop();
