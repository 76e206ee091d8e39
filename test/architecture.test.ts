import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/**
 * The rules of the layout that a program can check. Each failure names the place, and says why the rule is there.
 *
 *   layers        who may import whom: the first layer whose pattern fits a file is the file's
 *   single homes  what may stand in one place only
 *   everywhere    what may stand nowhere
 *   documents     what README.md and docs/ cite exists
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const fewestFiles = 300;
const fewestCitations = 20;

type Import = {
  readonly specifier: string;
  readonly target: string | null;
  readonly isType: boolean;
  readonly at: string;
};
type Source = {
  readonly path: string;
  readonly text: string;
  /** Without comments and strings, but with templates: keys and SQL are written in them, and ${} holds code. */
  readonly code: string;
  /** Without templates, too. */
  readonly bare: string;
  readonly imports: readonly Import[];
};

const sources: readonly Source[] = ["app", "agents", "lib", "test", "drizzle", ""].flatMap(filesIn).map(sourceOf);
const byPath = new Map(sources.map((source) => [source.path, source]));
const product = sources.filter(({ path }) => /^(app|agents|lib)\//.test(path));
const clientFiles = reachableFrom(
  product.filter(({ text }) => /^\s*"use client"/.test(text)),
  (path) => path.startsWith("app/"),
);

const smallFiles = ["lib/clock.ts", "lib/env.ts", "lib/errors.ts", "lib/log.ts"];

type Layer = {
  readonly name: string;
  readonly files: RegExp;
  /** Beginnings of paths that it may import, besides its own folder. */
  readonly may: readonly string[];
  /** Packages and node: modules that it may import; all when absent. */
  readonly packages?: RegExp;
  readonly reason: string;
};

const specialist = ["lib/protocol/", "lib/model/", "lib/egress/", ...smallFiles, "agents/agent.ts"];

const layers: readonly Layer[] = [
  {
    name: "the protocol",
    files: /^lib\/protocol\//,
    may: [],
    packages: /^zod$/,
    reason: "everything imports it, so it imports nothing but zod",
  },
  {
    name: "a pure core",
    files: /^lib\/(actions|machine|graph)\//,
    may: ["lib/protocol/"],
    packages: /^$/,
    reason: "text, time and ids come in as values: nothing of the world may be imported",
  },
  {
    name: "an adapter",
    files: /^lib\/(store|stream|model|egress)\//,
    may: ["lib/protocol/", ...smallFiles],
    reason: "adapters know the protocol and never one another, so that each can be replaced alone",
  },
  {
    name: "the interface for programs",
    files: /^lib\/orchestrator\.ts$/,
    may: ["lib/"],
    reason: "it offers the verbs of lib/run to other programs",
  },
  {
    name: "one of the four small files",
    files: /^lib\/[a-z]+\.ts$/,
    may: smallFiles,
    packages: /^(zod|pino)$/,
    reason: "they are under everything else; there are clock, env, errors and log, and no fifth",
  },
  {
    name: "a verb of lib",
    files: /^lib\/(run|chat|documents|workflow|launch|cli)\//,
    may: ["lib/"],
    packages: /^(?!next$|next\/|react$|react-dom)/,
    reason: "rules do not depend on who renders them or who does the work",
  },
  {
    name: "the contract of an agent",
    files: /^agents\/agent\.ts$/,
    may: ["lib/protocol/", "lib/model/"],
    reason: "an agent is a task in and a result out",
  },
  {
    name: "the wiring of the agents",
    files: /^agents\/[a-z-]+\.ts$/,
    may: ["lib/", "agents/"],
    reason: "the worker brings agents and product together",
  },
  {
    name: "the main agent",
    files: /^agents\/main\//,
    may: [...specialist, "lib/actions/", "lib/machine/"],
    reason: "it writes actions and knows phases; the run does what it wrote",
  },
  {
    name: "a specialist agent",
    files: /^agents\/[a-z]+\//,
    may: specialist,
    reason: "an agent is lent what it needs by its context and knows neither store, stream nor other agents",
  },
  {
    name: "the app",
    files: /^app\//,
    may: ["app/", "lib/run/", "lib/chat/", "lib/documents/", "lib/protocol/", "lib/actions/", ...smallFiles],
    packages: /^(?!ioredis|drizzle-orm|postgres$)/,
    reason: "rendering and HTTP hold no rules and touch neither store nor stream",
  },
];

describe("layers", () => {
  test.each(layers)("$name imports what it may", (layer) => {
    const own = product.filter(({ path }) => layerOf(path) === layer);
    expect(
      own.flatMap((source) => source.imports.filter((one) => !mayImport(layer, source, one)).map(said)),
      layer.reason,
    ).toEqual([]);
  });

  test("every file of app, agents and lib belongs to a layer", () => {
    expect(
      product.map(({ path }) => path).filter((path) => !layerOf(path)),
      "name its layer in this test",
    ).toEqual([]);
  });

  test("client files see types of the protocol, lib/chat/parts.ts and one another", () => {
    const isForbidden = ({ target, isType }: Import) =>
      target !== null &&
      !clientFiles.has(target) &&
      target !== "lib/chat/parts.ts" &&
      !(isType && target.startsWith("lib/protocol/"));
    const faults = [...clientFiles.values()].flatMap(({ imports }) => imports.filter(isForbidden).map(said));
    expect(faults, "what they import is sent to every browser").toEqual([]);
  });

  test("nothing but tests imports tests", () => {
    const faults = product.flatMap(({ imports }) =>
      imports.filter(({ target }) => target?.startsWith("test/")).map(said),
    );
    expect(faults, "the product must run without its tests").toEqual([]);
  });

  test("imports are written #/folder/file.ts", () => {
    const isOther = ({ specifier }: Import) => /^\.{1,2}\//.test(specifier) && !/\.(css|mjs|json)$/.test(specifier);
    const faults = typescript(product).flatMap(({ imports }) => imports.filter(isOther).map(said));
    expect(faults, "one way of naming a file, so that it can be searched for").toEqual([]);
  });

  test("files do not import one another in a circle", () => {
    expect(cycles(), "types count: what needs one another is one thing, or a third one is missing").toEqual([]);
  });
});

const timers =
  /\b(?:setTimeout|setInterval|setImmediate)\s*\(|\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bAbortSignal\.timeout\b/;

describe("single homes", () => {
  test.each([
    [
      "process.env",
      /\bprocess\.env\b/,
      /^lib\/env\.ts$|^next\.config|^drizzle\//,
      "settings are parsed once, and all faults are told in one message",
    ],
    ["timers and the time of day", timers, /^lib\/clock\.ts$/, "one place to look for what waits, and for units"],
    [
      "the name of a stream or channel",
      /\$\{[^}]*\}:\{/,
      /^lib\/stream\/keys\.ts$/,
      "a key that two places build is a key that one of them builds wrongly",
    ],
    [
      "a write of the phase column",
      /\.set\(\{[^}]*\bphase\b|\bset\s+phase\s*=/i,
      /^lib\/store\/runs\.ts$/,
      "the phase moves through one door, where it is checked",
    ],
  ])("%s: one place", (_, pattern, home, reason) => {
    const others = product.filter(({ path }) => !home.test(path) && !(pattern === timers && clientFiles.has(path)));
    expect(
      others.flatMap(({ path, code }) => places(path, code, pattern)),
      reason,
    ).toEqual([]);
  });

  test.each([
    [
      "the environment of the process",
      /^(node:)?process$/,
      /^(lib\/launch\/environment\.ts|test\/.*)$/,
      "settings are read in lib/env.ts; the launcher alone hands its environment on to its children",
    ],
    ["drizzle-orm", /^drizzle-orm(\/|$)/, /^(lib\/store|drizzle|test)\//, "Postgres is reached through lib/store"],
    ["ioredis", /^ioredis(\/|$)/, /^(lib\/stream|test)\//, "Redis is reached through lib/stream"],
    [
      "AI SDK providers",
      /^@ai-sdk\/(?!react$)/,
      /^(lib\/model|test)\//,
      "models are reached through lib/model, which counts and limits them",
    ],
  ])("%s: imported in one folder", (_, pattern, home, reason) => {
    const others = sources.filter(({ path }) => !home.test(path));
    expect(
      others.flatMap(({ imports }) => imports.filter(({ specifier }) => pattern.test(specifier)).map(said)),
      reason,
    ).toEqual([]);
  });

  test("every method of the interface is made by route(), which asks by what name the server was addressed", () => {
    const files = product.filter(({ path }) => /^app\/api\/.*\/route\.ts$/.test(path));
    const other = /^export\b.*\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b(?! = route(?:WithoutDatabase)?\()/;
    const faults = files.flatMap(({ path, code }) => places(path, code, other));
    expect(files.length).toBeGreaterThan(0);
    expect(faults, "pages of other sites must not reach it under another name").toEqual([]);
  });

  test("the pure cores know no clock and no chance", () => {
    const cores = product.filter(({ path }) => /^lib\/(actions|machine|graph|protocol)\//.test(path));
    const world = /\bMath\.random\b|\bcrypto\b|\bDate\b|\bperformance\b|\bfetch\(|\bprocess\.|\bconsole\./;
    expect(
      cores.flatMap(({ path, code }) => places(path, code, world)),
      "the same input gives the same output",
    ).toEqual([]);
  });
});

describe("everywhere", () => {
  test.each([
    ["a cast through unknown", /\bas\s+unknown\s+as\b/, "it switches the compiler off; parse, or narrow"],
    ["the type any", /(?::|\bas|[<|,])\s*any\s*(?=[\s;,)>|=[\]{]|$)/, "write unknown and narrow it"],
    [
      "an empty catch",
      /\bcatch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\s*\(\s*\)\s*=>\s*\{\s*\}\s*\)/,
      "an error that nobody looks at is found by a user",
    ],
    [
      "syntax that has to be compiled away",
      /^\s*(?:export\s+)?(?:const\s+)?enum\s|^\s*(?:export\s+)?namespace\s|constructor\((?:[^)]*,)?\s*(?:private|public|protected|readonly)\s+\w+\s*[?:]/,
      "Node runs these files as they are",
    ],
  ])("%s: nowhere", (_, pattern, reason) => {
    expect(
      typescript(sources).flatMap(({ path, bare }) => places(path, bare, pattern)),
      reason,
    ).toEqual([]);
  });

  test("no comment silences the compiler", () => {
    const silencer = /@ts-(?:ignore|nocheck|expect-error)/;
    expect(
      sources.flatMap(({ path, text }) => linesOf(path, text, silencer)),
      "repair the type",
    ).toEqual([]);
  });

  test("no file is called after being useful, and none only passes on others", () => {
    const faults = product.filter(
      ({ path, code }) => /\/(utils?|helpers?|common|misc|index)\.tsx?$/.test(path) || isBarrel(code),
    );
    expect(
      faults.map(({ path }) => path),
      "a file is called after what it is about",
    ).toEqual([]);
  });

  test("the rules saw the whole repository", () => {
    expect(sources.length, "an empty scan passes every rule").toBeGreaterThan(fewestFiles);
    expect(clientFiles.size).toBeGreaterThan(5);
    for (const layer of layers)
      expect(product.filter(({ path }) => layerOf(path) === layer).length, layer.name).toBeGreaterThan(0);
    expect(
      sources
        .flatMap(({ imports }) => imports)
        .filter(({ target }) => target && !byPath.has(target) && !existsSync(join(root, target)))
        .map(said),
    ).toEqual([]);
  });
});

describe("documents", () => {
  const pages = ["README.md", "CHANGELOG.md", ...markdownIn("docs")].filter((path) => existsSync(join(root, path)));
  const cited = pages.flatMap((page) => citationsIn(page).map((path) => ({ page, path })));

  test("every path that they cite exists", () => {
    const dead = cited.filter(({ path }) => !existsSync(join(root, path)));
    expect(
      dead.map(({ page, path }) => `${page} cites ${path}`),
      "a reader follows it",
    ).toEqual([]);
    expect(cited.length).toBeGreaterThan(fewestCitations);
  });
});

function layerOf(path: string): Layer | undefined {
  return layers.find(({ files }) => files.test(path));
}

function mayImport(layer: Layer, source: Source, { specifier, target }: Import): boolean {
  if (target === null) return layer.packages?.test(specifier) ?? true;
  if (dirname(target).startsWith(folderOf(source.path)) && source.path.split("/").length > 2) return true;
  return layer.may.some((beginning) => target.startsWith(beginning)) || /\.(css|json)$/.test(target);
}

/** `lib/store`, `agents/main`, `app`: the folder in which files may import one another. */
function folderOf(path: string): string {
  return path.startsWith("app/") ? "app" : path.split("/").slice(0, 2).join("/");
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: folder !== "" });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((path) => !/(^|\/)(node_modules|fixtures|\.[a-z]+)\/|^next-env/.test(path));
}

function sourceOf(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  return {
    path,
    text,
    code: blanked(text, /^["']/),
    bare: blanked(text, /^["'`]/),
    imports: importsOf(path, blanked(text, /^$/)),
  };
}

/** The text without comments and without strings that begin so; every line keeps its number. */
function blanked(text: string, strings: RegExp): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?<=[=(,:;!&|?[{]\s*|=>\s*|return\s+)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|`(?:[^`\\$]|\\[\s\S]|\$(?!\{)|\$\{(?:[^{}`]|\{[^{}`]*\}|`[^`]*`)*\})*`/g;
  return text.replace(token, (found) => {
    const isBlanked = found.startsWith("//") || found.startsWith("/*") || strings.test(found);
    return isBlanked ? found.replace(/[^\n]/g, " ") : found;
  });
}

function importsOf(path: string, code: string): Import[] {
  const statement =
    /^\s*(?:import|export)\s+(type\s)?(?:[^"'`;()=]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;
  return [...code.matchAll(statement)].map((found) => {
    const specifier = found[2] ?? found[3] ?? "";
    return {
      specifier,
      target: targetOf(path, specifier),
      isType: found[1] !== undefined,
      at: `${path}:${lineOf(found)}`,
    };
  });
}

/** The path inside of the repository; null for packages. */
function targetOf(path: string, specifier: string): string | null {
  if (specifier.startsWith("#/")) return specifier.slice(2);
  return specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : null;
}

function said({ at, specifier }: Import): string {
  return `${at} imports ${specifier}`;
}

function places(path: string, code: string, pattern: RegExp): string[] {
  return [...code.matchAll(new RegExp(pattern.source, `${pattern.flags}gm`))].map(
    (found) => `${path}:${lineOf(found)} ${found[0].trim()}`,
  );
}

function linesOf(path: string, text: string, pattern: RegExp): string[] {
  return text.split("\n").flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : []));
}

function lineOf(found: RegExpExecArray): number {
  const blanks = found[0].length - found[0].trimStart().length;
  return found.input.slice(0, found.index + blanks).split("\n").length;
}

function typescript(files: readonly Source[]): Source[] {
  return files.filter(({ path }) => /\.tsx?$/.test(path));
}

function isBarrel(code: string): boolean {
  return (
    code.trim() !== "" &&
    code
      .trim()
      .split(/;\s*|\n/)
      .every((line) => line.trim() === "" || /^export\s[^=()]*from\s*$/.test(line.trim()))
  );
}

function reachableFrom(starts: readonly Source[], within: (path: string) => boolean): ReadonlyMap<string, Source> {
  const seen = new Map<string, Source>();
  const open = [...starts];
  for (let source = open.pop(); source; source = open.pop()) {
    seen.set(source.path, source);
    for (const { target } of source.imports) {
      const next = target !== null && within(target) && !seen.has(target) ? byPath.get(target) : undefined;
      if (next) open.push(next);
    }
  }
  return seen;
}

/** One circle for each import that closes one. */
function cycles(): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) return void found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (done.has(path)) return;
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== null) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/** Paths between backticks, and links to files, as paths of the repository. */
function citationsIn(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map((span) => span[1] ?? "");
  const paths = spans.flatMap(
    (span) => span.match(/(?<![\w/.:#-])(?:app|agents|lib|test|docs|drizzle)\/[\w()[\]./-]*[\w)\]]/g) ?? [],
  );
  const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)/g)].map((link) => link[1] ?? "");
  return [
    ...paths,
    ...links.map((link) => (link.startsWith("/") ? link.slice(1) : normalize(join(dirname(page), link)))),
  ];
}
