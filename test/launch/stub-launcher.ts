import { join } from "node:path";
import { openCrew } from "#/lib/launch/crew.ts";
import { startNodeChild } from "#/lib/launch/node-child.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";

/** A launcher with a Postgres and a stubborn Node child on the folder it is given, for tests that kill it. */
const dir = process.argv[2] ?? "";
const crew = openCrew(dir, console.log);
const left = await crew.endLeftovers();
if (left.length > 0) console.log(`left: ${left.sort().join(" ")}`);
const postgres = { dir: join(dir, "postgres"), socketDir: join(dir, "socket"), settings: { fsync: "off" } };
await crew.add("postgres", (onExit) => startPostgres({ ...postgres, onExit }));
const deaf = 'process.on("SIGTERM", () => console.log("deaf")); setInterval(() => {}, 1000);';
await crew.add("stubborn", (onExit) =>
  startNodeChild({ args: ["--eval", deaf], added: {}, graceMs: 1_000, onLine: () => {}, onExit }),
);
console.log("ready");
process.on("SIGTERM", async () => {
  await crew.stop([["stubborn"], ["postgres"]]);
  process.exit(0);
});
