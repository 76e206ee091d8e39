#!/usr/bin/env node
// Plain JavaScript, because an older Node must be able to read it. What follows needs a Node that strips types: 22.18 or
// newer. An older one hands over to the Node that this product's own dependencies brought.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) await runHere();
else handOver(fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url)));

async function runHere() {
  process.stdout.on("error", (error) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2), process);
}

function handOver(newerNode) {
  if (!existsSync(newerNode)) {
    console.error(
      `deputy: Node 22.18 or newer is needed, this is ${process.versions.node}; run \`npm ci\`, which brings one.`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(newerNode, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes, `kill` only to this one; the other takes two in quick succession for one.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`deputy: ${newerNode} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
