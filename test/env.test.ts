import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseEnv, settings } from "#/lib/env.ts";

const names = Object.keys(settings).sort();
const fileAt = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const linesOf = (path: string) => readFileSync(fileAt(path), "utf8").split("\n");

describe("settings", () => {
  test("may all be absent", () => {
    expect(parseEnv({})).toMatchObject({ port: 3000, serverUrl: "http://127.0.0.1:3000", budgets: { tasks: 32 } });
  });

  test("count as absent when they are empty", () => {
    expect(parseEnv({ PORT: "", OPENAI_API_KEY: "", DEPUTY_LOG: "" })).toEqual(parseEnv({}));
  });

  test("are given in the units of their names and kept in milliseconds", () => {
    const { budgets, model } = parseEnv({
      DEPUTY_RUN_MINUTES: "2",
      DEPUTY_TASK_SECONDS: "3",
      DEPUTY_RETRY_SECONDS: "0.5, 2",
      DEPUTY_MODEL_STALL_SECONDS: "4",
    });
    expect(budgets).toMatchObject({ runMs: 120_000, taskMs: 3_000, retryMs: [500, 2_000] });
    expect(model.stallMs).toBe(4_000);
  });

  test("that are lists are split at commas, without blanks", () => {
    expect(parseEnv({ DEPUTY_ALLOW_HOSTS: " intranet.example ,, 10.0.0.5 " }).allowHosts).toEqual([
      "intranet.example",
      "10.0.0.5",
    ]);
  });

  test("tell the command line where the server is", () => {
    expect(parseEnv({ PORT: "8080" }).serverUrl).toBe("http://127.0.0.1:8080");
    expect(parseEnv({ PORT: "8080", DEPUTY_URL: "https://deputy.example" }).serverUrl).toBe("https://deputy.example");
  });

  test("that cannot be used are all named in one message", () => {
    const faulty = {
      PORT: "70000",
      DEPUTY_LOG: "loud",
      DEPUTY_RETRY_SECONDS: "soon",
      DEPUTY_MAX_TASKS: "0",
      REDIS_URL: "redis://here",
    };
    const faults = messageOfParsing(faulty);
    expect(faults).toContain("docs/configuration.md");
    expect(faults).toContain("must be numbers of seconds, such as 1,5,25");
    for (const name of ["PORT", "DEPUTY_LOG", "DEPUTY_RETRY_SECONDS", "DEPUTY_MAX_TASKS"])
      expect(faults).toContain(`  ${name}: `);
    expect(faults).not.toContain("REDIS_URL");
    expect(faults).not.toContain("soon");
  });

  test("are never longer than a timer can wait, for a longer one would end at once", () => {
    const seconds = "2147484";
    for (const name of ["FIRST_TOKEN", "STALL"]) {
      expect(messageOfParsing({ [`DEPUTY_MODEL_${name}_SECONDS`]: seconds })).toContain(
        `DEPUTY_MODEL_${name}_SECONDS: `,
      );
    }
    for (const name of ["DEPUTY_TASK_SECONDS", "DEPUTY_BROWSER_SECONDS", "DEPUTY_BREAKER_SECONDS"]) {
      expect(messageOfParsing({ [name]: seconds })).toContain(`${name}: `);
    }
    expect(messageOfParsing({ DEPUTY_RUN_MINUTES: "35792" })).toContain("DEPUTY_RUN_MINUTES: ");
    for (const pauses of [seconds, "Infinity", "1,,5"]) {
      expect(messageOfParsing({ DEPUTY_RETRY_SECONDS: pauses })).toContain("DEPUTY_RETRY_SECONDS: ");
    }
    expect(parseEnv({ DEPUTY_TASK_SECONDS: "2000000" }).budgets.taskMs).toBe(2_000_000_000);
  });

  test("that belong to somebody else are left alone", () => {
    expect(parseEnv({ HOME: "/home/ada", NODE_ENV: "production" })).toEqual(parseEnv({}));
  });
});

describe("docs/configuration.md", () => {
  const rows = linesOf("docs/configuration.md").flatMap((line) => {
    const found = /^\| `([A-Z_]+)`\s*\| (?:`([^`]+)`|none)\s*\| \S/.exec(line);
    return found ? [{ name: found[1] ?? "", fallback: found[2] }] : [];
  });

  test("describes every setting, and no other", () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(names);
  });

  test("gives the defaults that the settings have", () => {
    const used = Object.fromEntries(rows.map(({ name, fallback }) => [name, fallback]));
    expect(parseEnv(used)).toEqual(parseEnv({}));
    const withDefault = Object.entries(settings).filter(([, schema]) => isWorthTelling(schema.parse(undefined)));
    expect(
      rows
        .filter(({ fallback }) => fallback !== undefined)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(withDefault.map(([name]) => name).sort());
  });
});

describe(".env.example", () => {
  test("holds every setting once, and no other", () => {
    expect(existsSync(fileAt(".env.example"))).toBe(true);
    const held = linesOf(".env.example").flatMap((line) => /^(?:#\s?)?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
    expect(held.sort()).toEqual(names);
  });

  test("can be used as it is", () => {
    const active = linesOf(".env.example").flatMap((line) => {
      const found = /^([A-Z][A-Z0-9_]+)=(.*)$/.exec(line);
      return found ? [[found[1], found[2]]] : [];
    });
    expect(() => parseEnv(Object.fromEntries(active))).not.toThrow();
  });
});

function isWorthTelling(fallback: unknown): boolean {
  return fallback !== undefined && !(Array.isArray(fallback) && fallback.length === 0);
}

function messageOfParsing(source: Record<string, string>): string {
  try {
    parseEnv(source);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
}
