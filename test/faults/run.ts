import { parseArgs } from "node:util";

/**
 * `npm run faults [-- options]`: the fault suite on real servers and processes. The last line is `N passed, N failed`.
 *
 *   --list             the names of the faults, and why the others do not apply
 *   --only F1,F7       these alone
 *   --seed N           other choices than those of the fixed seed
 *   --repeats N        how often each fault is injected
 *   --subset           what CI runs, in under four minutes
 *   --soak MINUTES     one random fault every ten seconds (F32)
 *   --json FILE        the result as JSON, too
 */
const { values } = parseArgs({
  options: {
    list: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "20261121" },
    repeats: { type: "string" },
    subset: { type: "boolean", default: false },
    soak: { type: "string" },
    json: { type: "string" },
  },
});

// The product's log is read from its processes; this one has another way to speak. Read when lib/log.ts is loaded.
process.env.DEPUTY_LOG ??= "silent";

if (values.list) {
  const { catalogue } = await import("#/test/faults/catalogue.ts");
  for (const { id, title, doesNotApply } of catalogue) {
    console.log(`${id.padEnd(4)} ${title}${doesNotApply === undefined ? "" : ` (does not apply: ${doesNotApply})`}`);
  }
} else {
  const { runSuite } = await import("#/test/faults/suite.ts");
  process.exitCode = await runSuite({
    only: values.soak === undefined ? values.only.split(",").filter(Boolean) : ["F32"],
    seed: Number(values.seed),
    repeats: (values.soak ?? values.repeats) ? Number(values.soak ?? values.repeats) : undefined,
    subset: values.subset,
    jsonFile: values.json,
  });
}
