import { type AddressInfo, createServer, connect as dial, type NetConnectOpts, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** `up`: from the process to the server. `down`: from the server to the process. */
export type Direction = "up" | "down";

/**
 * pass      as if it were not there
 * delay     every chunk is held for `ms`; order is kept
 * hold      nothing passes, connections stay ESTABLISHED and new ones are accepted; what was sent arrives when the mode
 *           changes, as it does after a partition. `only` makes it one-way
 * drip      `bytesPerSecond` in each direction
 * reset     existing connections get RST, new ones too
 */
export type Mode =
  | { readonly kind: "pass" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "hold"; readonly only?: Direction }
  | { readonly kind: "drip"; readonly bytesPerSecond: number }
  | { readonly kind: "reset" };

/**
 * Sees each chunk before it is passed on, in order, while the relay waits: whatever it kills synchronously has not received
 * (`down`), or not managed to send (`up`), that chunk. False: the chunk is dropped.
 */
export type Tap = (chunk: Buffer, direction: Direction, connection: number) => boolean | undefined;

/** A TCP relay before a server that may stand on a unix socket. One of it may serve one process, or many. */
export type Relay = {
  readonly port: number;
  /** The modes of both directions from now on. */
  set(mode: Mode): void;
  /** Ends the connection that carries the byte with this number, counted from now in that direction, behind that byte. */
  cutAfter(bytes: number, direction: Direction): void;
  tap(tap: Tap | undefined): void;
  /** Connections that stand now. */
  readonly connections: number;
  /** Chunks that have passed so far. */
  readonly chunks: number;
  close(): Promise<void>;
};

export async function openRelay(target: NetConnectOpts): Promise<Relay> {
  let mode: Mode = { kind: "pass" };
  let changed = Promise.withResolvers<void>();
  let tap: Tap | undefined;
  let cut: { left: number; direction: Direction } | undefined;
  let chunks = 0;
  let count = 0;
  const open = new Set<Socket>();

  function reset(): void {
    for (const socket of open) cutOff(socket);
  }

  async function pump(from: Socket, to: Socket, direction: Direction, connection: number): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await waitTurn(chunk, direction);
      if (to.destroyed) return;
      chunks += 1;
      if (tap?.(chunk, direction, connection) === false) continue;
      if (cut?.direction === direction && chunk.length >= cut.left) {
        const last = chunk.subarray(0, cut.left);
        cut = undefined;
        await new Promise((resolve) => to.write(last, resolve));
        to.destroy();
        return;
      }
      if (cut?.direction === direction) cut.left -= chunk.length;
      if (!to.write(chunk)) await Promise.race([drained(to), changed.promise]);
    }
    await untilLetThrough(direction);
    to.end();
  }

  async function untilLetThrough(direction: Direction): Promise<void> {
    while (mode.kind === "hold" && (mode.only ?? direction) === direction) await changed.promise;
  }

  async function waitTurn(chunk: Buffer, direction: Direction): Promise<void> {
    await untilLetThrough(direction);
    if (mode.kind === "delay") await Promise.race([pause(mode.ms), changed.promise]);
    if (mode.kind === "drip")
      await Promise.race([pause((chunk.length / mode.bytesPerSecond) * 1_000), changed.promise]);
  }

  function accept(near: Socket): void {
    if (mode.kind === "reset") {
      cutOff(near);
      return;
    }
    const far = dial({ ...target, allowHalfOpen: true });
    const connection = ++count;
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      // Its pump sees the error, and tells the other side when the mode lets it: behind a partition nobody hears of an end.
      socket.on("error", () => socket.destroy());
      socket.on("close", () => open.delete(socket));
    }
    for (const [from, to, direction] of [
      [near, far, "up"],
      [far, near, "down"],
    ] as const) {
      pump(from, to, direction, connection).catch(async () => {
        await untilLetThrough(direction);
        to.destroy();
      });
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
      changed.resolve();
      changed = Promise.withResolvers();
      if (next.kind === "reset") reset();
    },
    cutAfter: (bytes, direction) => {
      cut = { left: bytes, direction };
    },
    tap: (next) => {
      tap = next;
    },
    get connections() {
      return open.size / 2;
    },
    get chunks() {
      return chunks;
    },
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** By RST, but for the side of a unix socket, which knows no such thing. */
function cutOff(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", () => resolve());
  });
}
