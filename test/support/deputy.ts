import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../lib/cli/deputy.mjs", import.meta.url));

export type Finished = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** The command `deputy` against a running product. */
export function deputy(baseUrl: string, args: readonly string[], input = ""): Promise<Finished> {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, DEPUTY_URL: baseUrl, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, stdout, stderr })));
}
