import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

/**
 * The connection of the request that is being answered. An answer that waits for a client which does not read cannot be ended
 * from a route handler: the server goes on waiting until the client reads or goes away. The connection itself can.
 */
const connection = new AsyncLocalStorage<Socket>();

subscribe("http.server.request.start", (started) => {
  if (typeof started !== "object" || started === null || !("socket" in started)) return;
  if (started.socket instanceof Socket) connection.enterWith(started.socket);
});

/** Called while a request is answered; what it returns ends the connection at once, whatever waits to be sent. */
export function connectionCutter(): () => void {
  const socket = connection.getStore();
  return () => socket?.destroy();
}
