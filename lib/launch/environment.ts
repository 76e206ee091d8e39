import { env as inherited } from "node:process";

/**
 * What a child of the launcher is given: this process's environment and what the launcher adds to it. Empty values are
 * left out: they count as absent here, but some libraries take them for a value (an empty OPENAI_BASE_URL ends the
 * OpenAI provider when it is loaded).
 */
export function childEnvironment(added: Record<string, string>): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = { ...inherited, ...added };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")) as NodeJS.ProcessEnv;
}

/** The folders in which programs are looked for. */
export function searchPath(): string[] {
  const given = (inherited.PATH ?? "").split(":").filter(Boolean);
  return [...new Set([...given, "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin"])];
}

/** For programs whose behaviour must not depend on the person's own settings. */
export const plainEnvironment: NodeJS.ProcessEnv = {
  NODE_ENV: "production",
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  LC_ALL: "C",
  TZ: "UTC",
};
