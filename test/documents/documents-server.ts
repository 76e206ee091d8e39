import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { POST } from "#/app/api/documents/route.ts";
import { DatabaseWatch } from "#/lib/run/database-watch.ts";
import type { Store } from "#/lib/store/db.ts";

export type DocumentsServer = { readonly url: string; readonly bodies: number[]; close(): Promise<void> };

/** The route that ingests, served as the web process does, on a store of the caller's. `bodies`: how large each request was. */
export async function serveDocuments(store: Store): Promise<DocumentsServer> {
  (globalThis as { deputyContext?: unknown }).deputyContext = { store, database: new DatabaseWatch(store) };
  const bodies: number[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    bodies.push(body.length);
    const headers = { "content-type": incoming.headers["content-type"] ?? "" };
    const answer = await POST(new Request("http://127.0.0.1/api/documents", { method: "POST", headers, body }));
    outgoing.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
}
