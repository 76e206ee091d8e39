import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { z } from "zod";
import { env } from "#/lib/env.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** The package unpacks itself into the temporary folder when it is asked for its path. It is optional, hence no static import. */
const packaged: string = "@sparticuz/chromium";
const Packaged = z.object({ default: z.custom<{ executablePath(): Promise<string> }>(hasExecutablePath) });

/**
 * The Chromium to start: CHROMIUM_PATH, else the system's, else the one of the optional package. Throws a DeputyError
 * `no-chromium`, not retryable, that says what to install.
 */
export async function chromiumPath(): Promise<string> {
  const chosen = env().chromiumPath;
  if (chosen !== undefined) {
    if (await isExecutable(chosen)) return chosen;
    throw new DeputyError("no-chromium", `CHROMIUM_PATH is ${chosen}, which is not a program that can be started.`);
  }
  for (const place of usualPlaces) if (await isExecutable(place)) return place;
  const unpacked = await packagedPath();
  if (unpacked !== null) return unpacked;
  throw new DeputyError(
    "no-chromium",
    "No Chromium was found. Install one (Debian and Ubuntu: apt-get install chromium), or set CHROMIUM_PATH to the program.",
  );
}

async function packagedPath(): Promise<string | null> {
  try {
    const module = Packaged.parse(await import(packaged));
    return await module.default.executablePath();
  } catch (thrown) {
    log.debug({ reason: messageOf(thrown) }, "the optional Chromium package cannot be used");
    return null;
  }
}

function hasExecutablePath(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return "executablePath" in value && typeof value.executablePath === "function";
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
