import type { CDPSession, Page } from "playwright";
import { DeputyError } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** The proxy counts what goes over the wire; this is what may come out of it when it is unpacked. */
const maxUnpackedBytes = 100_000_000;

export type Breakage = {
  /** Rejects with a DeputyError when the page can no longer be read; otherwise stays pending. */
  readonly happens: Promise<never>;
};

/** Watches for a page that crashes, or that unpacks to more than a browser should hold. */
export async function watchForBreakage(page: Page, session: CDPSession): Promise<Breakage> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch((thrown: DeputyError) => log.debug({ code: thrown.code }, "a page broke"));
  page.once("crash", () => reject(crash()));
  let bytes = 0;
  session.on("Network.dataReceived", ({ dataLength }) => {
    bytes += dataLength;
    if (bytes > maxUnpackedBytes) reject(tooLarge());
  });
  await session.send("Network.enable", { maxTotalBufferSize: 0, maxResourceBufferSize: 0 });
  return { happens: promise };
}

function crash(): DeputyError {
  return new DeputyError("page-crashed", "The page brought the browser down.", { retryable: true });
}

function tooLarge(): DeputyError {
  const megabytes = maxUnpackedBytes / 1_000_000;
  return new DeputyError(
    "page-too-large",
    `The page was cut off: it is larger than ${megabytes} MB once it is unpacked.`,
  );
}
