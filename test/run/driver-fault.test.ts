import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { isDriverFault } from "#/lib/run/driver-fault.ts";

const run = promisify(execFile);

/** A process that only logs what nobody caught, as the web server does, and in which something throws out of a timer. */
const program = (where: string) => `
  const { endOnDriverFault } = await import("#/lib/run/driver-fault.ts");
  process.on("uncaughtException", () => console.log("still here"));
  endOnDriverFault({ fatal: () => console.log("driver broke") });
  setImmediate(() => {
    const error = new TypeError("Cannot read properties of null (reading 'write')");
    error.stack = error + "\\n    at Immediate.nextWrite (${where}:255:22)";
    throw error;
  });
`;

async function outcomeOf(where: string): Promise<{ status: number; printed: string }> {
  const args = ["--input-type=module", "--eval", program(where)];
  try {
    return { status: 0, printed: (await run(process.execPath, args)).stdout };
  } catch (failed) {
    const { code, stdout } = failed as { code: number; stdout: string };
    return { status: code, printed: stdout };
  }
}

it("ends a process whose database driver broke, and no other", async () => {
  expect(await outcomeOf("/app/node_modules/postgres/src/connection.js")).toEqual({
    status: 1,
    printed: "driver broke\n",
  });
  expect(await outcomeOf("/app/lib/chat/stream-run.ts")).toEqual({ status: 0, printed: "still here\n" });
});

it("takes no error of the database for a fault of the driver", () => {
  expect(isDriverFault(new Error("connection refused"))).toBe(false);
});
