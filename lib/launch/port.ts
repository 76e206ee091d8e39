import { createServer } from "node:net";
import { DeputyError } from "#/lib/errors.ts";

export const HOST = "127.0.0.1";

/**
 * The port to use: `wanted` when it is free, any free one when `wanted` is 0. Throws `port-taken` or `port-forbidden` with
 * what to do.
 */
export function choosePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => reject(portFault(wanted, error)));
    server.listen(wanted, HOST, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}

function portFault(port: number, error: NodeJS.ErrnoException): Error {
  if (error.code === "EADDRINUSE") {
    return new DeputyError(
      "port-taken",
      `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`,
    );
  }
  if (error.code === "EACCES") {
    return new DeputyError(
      "port-forbidden",
      `Port ${port} needs more rights. Choose one above 1023: PORT=3000 npm start`,
    );
  }
  return error;
}
