import type { ServerResponse } from "node:http";

/** Sends a Response as Next does: status and headers, then its body as far as there is room, or the end when it has none. */
export async function endAsNext(answer: Response, response: ServerResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  if (answer.body === null) {
    response.end();
    return;
  }
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => (response.write(chunk) ? undefined : drained(response)),
    close: () => void response.end(),
    abort: () => void response.destroy(),
  });
  await answer.body.pipeTo(sink).catch(() => undefined);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
