// scripts/complete-lock.mjs – run after each `npm install`
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")),
  P = lock.packages;
const OS = ["android", "darwin", "freebsd", "linux", "openbsd", "netbsd", "sunos", "aix", "win32", "openharmony"];
const CPU = ["arm64", "x64", "arm", "ia32", "ppc64", "s390x", "riscv64", "loong64", "mips64el"];
const guess = (name) => {
  const w = name.split("/").pop().toLowerCase().split(/[-.]/);
  if (w.includes("wasi") || w.includes("wasm32")) return { cpu: ["wasm32"] };
  const os = OS.filter((o) => w.includes(o) || (o === "win32" && w.includes("windows")));
  const cpu = CPU.filter((c) => w.includes(c) || (c === "arm" && w.includes("gnueabihf")));
  const libc = w.includes("musl") ? ["musl"] : w.includes("gnu") ? ["glibc"] : undefined;
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(libc && { libc }) };
};
for (const [at, pkg] of Object.entries({ ...P }))
  for (const [name, version] of Object.entries(pkg.optionalDependencies ?? {})) {
    let dir = at,
      found = false;
    for (;;) {
      if (P[`${dir ? `${dir}/` : ""}node_modules/${name}`]) {
        found = true;
        break;
      }
      if (!dir) break;
      dir = dir.includes("/node_modules/") ? dir.slice(0, dir.lastIndexOf("/node_modules/")) : "";
    }
    if (!found) P[`node_modules/${name}`] = { version, ...guess(name), ...(pkg.dev && { dev: true }), optional: true };
  }
lock.packages = Object.fromEntries(Object.entries(P).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
