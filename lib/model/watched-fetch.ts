import type { CallFacts } from "#/lib/model/model-errors.ts";
import { endlessLine, notAStream } from "#/lib/model/model-errors.ts";

const colon = 0x3a;
const lineFeed = 0x0a;
/** A line is kept in memory until it ends. */
const maxLineBytes = 16 * 1024 * 1024;
const maxBodyShown = 10_000;

/**
 * A fetch for one call of a model: reports every piece of the stream (a model that thinks sends data long before the
 * first text), sends no key where there is none, and throws a readable error when a page arrives instead of a stream.
 *
 * Node's own fetch gives up after 300 s without a byte, the headers included. The watchdog's limits are below that unless
 * somebody raises them.
 */
export function watchedFetch(call: CallFacts, alive: () => void): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (!call.apiKey) headers.delete("authorization");
    const response = await fetch(input, { ...init, headers });
    if (!response.ok || response.body === null) return response;
    const mediaType = response.headers.get("content-type") ?? "";
    if (/html|json/.test(mediaType)) {
      throw notAStream(mediaType, (await response.text()).slice(0, maxBodyShown), call);
    }
    const { status, statusText } = response;
    return new Response(response.body.pipeThrough(watch(call, alive)), {
      status,
      statusText,
      headers: response.headers,
    });
  };
}

/** A line that begins with a colon only keeps a connection open (proxies send it for hours): no sign of the model. */
function watch(call: CallFacts, alive: () => void): TransformStream<Uint8Array, Uint8Array> {
  let lineBytes = 0;
  return new TransformStream({
    transform(bytes, controller) {
      if (bytes[0] !== colon) alive();
      const end = bytes.lastIndexOf(lineFeed);
      lineBytes = end < 0 ? lineBytes + bytes.length : bytes.length - end - 1;
      if (lineBytes > maxLineBytes) throw endlessLine(maxLineBytes, call);
      controller.enqueue(bytes);
    },
  });
}
