import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import { startMember } from "#/test/bench/harness/member.ts";
import { startServers } from "#/test/bench/harness/servers.ts";
import type { LoadOptions } from "#/test/bench/load/options.ts";
import { freshSettings } from "#/test/bench/ours/settings.ts";

/** Where the load goes. */
export type Target = { readonly settings: Record<string, string>; stop(): Promise<void> };

/** The addresses of the environment, or servers and a worker of the test's own. One address alone is a mistake. */
export async function startTarget(environment: NodeJS.ProcessEnv, { agents }: LoadOptions): Promise<Target> {
  const given = [environment.DATABASE_URL, environment.REDIS_URL].filter(Boolean).length;
  if (given === 2) return { settings: {}, stop: async () => undefined };
  if (given === 1) throw new Error("DATABASE_URL and REDIS_URL belong together: set both, or neither.");
  process.stderr.write("starting Postgres, Redis and a worker for the test\n");
  const servers = await startServers();
  try {
    const settings = await freshSettings(servers);
    const worker = await startMember("worker.ts", { env: settings, nodeFlags, args: [String(agents)] });
    return {
      settings,
      stop: async () => {
        await worker.stop();
        await servers.stop();
      },
    };
  } catch (thrown) {
    await servers.stop();
    throw thrown;
  }
}
