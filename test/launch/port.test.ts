import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { choosePort, HOST } from "#/lib/launch/port.ts";

describe("the port", () => {
  test("is any free one when 0 is wanted, and free afterwards", async () => {
    const port = await choosePort(0);
    expect(port).toBeGreaterThan(1023);
    expect(await choosePort(port)).toBe(port);
  });

  test("that is taken is named, with what to do", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, HOST, () => {
        const address = server.address();
        resolve(typeof address === "object" && address ? address.port : 0);
      });
    });
    await expect(choosePort(port)).rejects.toMatchObject({
      code: "port-taken",
      message: `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`,
    });
    server.close();
  });
});
