import { z } from "zod";
import { type Server, serverAt } from "#/lib/cli/server.ts";
import { asDeputyError } from "#/lib/errors.ts";
import { startProduct } from "#/test/support/product.ts";

/** A server to show the patterns on. */
export type FoundServer = {
  readonly server: Server;
  /** True for one that was there before, and stays. */
  readonly stays: boolean;
  stop(): Promise<void>;
};

const Health = z.object({ status: z.literal("ok") });
const workers = "2";

/** The server at this address when it answers and is well; else one of its own, on a free port and with data of its own. */
export async function findServer(address: string, say: (line: string) => void): Promise<FoundServer> {
  const there = serverAt(address);
  const trouble = await troubleOf(there);
  if (trouble === null) {
    say(`Using the server at ${there.url}; the runs and the documents of this demo stay there.`);
    return { server: there, stays: true, stop: async () => {} };
  }
  say(`There is no server to use at ${there.url} (${trouble}).`);
  say("Starting one of its own, on a free port, in a temporary folder (half a minute more when it has to be built).");
  const product = await startProduct({ DEPUTY_WORKERS: workers });
  say(`It is ready: ${product.baseUrl}, with ${workers} workers and without a model key.`);
  return { server: serverAt(product.baseUrl), stays: false, stop: () => product.stop() };
}

async function troubleOf(server: Server): Promise<string | null> {
  try {
    await server.get("/api/health", Health);
    return null;
  } catch (error) {
    return asDeputyError(error, "broken").code;
  }
}
