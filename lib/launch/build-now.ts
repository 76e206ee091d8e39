import { messageOf } from "#/lib/errors.ts";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { ensureBundled } from "#/lib/launch/bundle.ts";
import { openSay } from "#/lib/launch/say.ts";

/** `npm run build`: the web application, the launcher and the worker, unless there is a build of these very sources. */
const say = openSay();
try {
  await ensureBuilt(say, (line) => process.stdout.write(`${line}\n`));
  await ensureBundled();
  say("the web application, the launcher and the worker are built");
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
}
