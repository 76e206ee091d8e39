import { messageOf } from "#/lib/errors.ts";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { openSay } from "#/lib/launch/say.ts";

/** `npm run build`: the web application, unless there is a build of these very sources. */
const say = openSay();
try {
  await ensureBuilt(say, (line) => process.stdout.write(`${line}\n`));
  say("the web application is built");
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
}
