import type { Agent, AgentContext } from "#/agents/agent.ts";
import { bidOn, refusalOf } from "#/agents/browser/bid.ts";
import { postFound } from "#/agents/browser/board.ts";
import { chromiumPath } from "#/agents/browser/chromium.ts";
import { look, type Seen } from "#/agents/browser/look.ts";
import { pageOf, titleOf } from "#/agents/browser/page.ts";
import { quotesOf } from "#/agents/browser/quotes.ts";
import { Input, type PageRequest, readRequest } from "#/agents/browser/request.ts";
import { createSharedBrowser, type SharedBrowser } from "#/agents/browser/shared-browser.ts";
import { splitTask } from "#/agents/browser/split.ts";
import { summarise } from "#/agents/browser/summary.ts";
import { MINUTE } from "#/lib/clock.ts";
import type { Network } from "#/lib/egress/dial.ts";
import type { Limits } from "#/lib/egress/meter.ts";
import { createPolicy, type Policy } from "#/lib/egress/policy.ts";
import { type EgressProxy, startProxy } from "#/lib/egress/proxy.ts";
import { env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Capability } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** What tests replace. */
export type BrowserOptions = {
  readonly allowHosts?: readonly string[];
  readonly network?: Network;
  readonly limits?: Partial<Limits>;
  readonly findChromium?: () => Promise<string>;
  /** All the time that one page gets, from the start of the browser to the screenshot. */
  readonly pageMs?: number;
  /** How long a browser that nobody uses is kept. */
  readonly idleMs?: number;
};

export type BrowserAgent = Agent & {
  /** Ends the browser now; it would otherwise end when it has been idle for a while, or with the process. */
  close(): Promise<void>;
};

const estimates = { estimatedSeconds: 8, estimatedCostUsd: 0 };
const capabilities: readonly Capability[] = [
  {
    name: "read-page",
    description: "Readable text of the page at an http or https address, after its scripts ran",
    input: "url",
    output: "text",
    ...estimates,
  },
  { name: "tables", description: "Tables and prices of a page as rows", input: "url", output: "rows", ...estimates },
  {
    name: "screenshot",
    description: "A picture of the page, 1280 by 800",
    input: "url",
    output: "picture",
    ...estimates,
  },
];

/** Opens web pages. It sees the network only through an egress proxy that is made for each task. */
export const browser: BrowserAgent = createBrowserAgent();

export function createBrowserAgent(options: BrowserOptions = {}): BrowserAgent {
  const shared = createSharedBrowser(options.findChromium ?? chromiumPath, options.idleMs);
  return {
    type: "browser",
    name: "Browser",
    description: "Opens a web page in a real browser and brings its text, links, tables and a screenshot.",
    capabilities,
    priority: 50,
    get timeoutMs() {
      return env().budgets.browserMs;
    },
    concurrency: 3,
    inputSchema: Input,
    execute: async (task, context) => {
      const delegated = context.mayDelegate ? splitTask(task) : null;
      if (delegated !== null) return delegated;
      const result = await openPage(task, context, shared, options);
      if (task.input?.board === true && task.part?.kind !== "vote") await postFound(context.board, result);
      return result;
    },
    bid: async (task) => bidOn(task, policyFor(options)),
    close: shared.close,
  };
}

function policyFor({ allowHosts }: BrowserOptions): Policy {
  return createPolicy(allowHosts ?? env().allowHosts);
}

async function openPage(
  task: TaskSpec,
  context: AgentContext,
  shared: SharedBrowser,
  options: BrowserOptions,
): Promise<TaskResult> {
  const request = readRequest(task);
  const policy = policyFor(options);
  refuseAddress(policy, request.url);
  context.progress(`Opening ${request.url.host}`);
  const proxy = await startProxy({ policy, limits: options.limits, network: options.network });
  try {
    const seen = await look(request.url, context, shared, proxy, options.pageMs ?? MINUTE);
    return await deliver(task, request, context, seen, proxy);
  } finally {
    await proxy.close();
  }
}

/** An address that stands in the task itself is judged without starting a browser. */
function refuseAddress(policy: Policy, url: URL): void {
  const refusal = refusalOf(policy, url);
  if (refusal !== null) throw new DeputyError("address-refused", refusal);
}

/** The picture is stored last: nothing is kept of a page that could not be read. */
async function deliver(
  task: TaskSpec,
  request: PageRequest,
  context: AgentContext,
  { sight, picture }: Seen,
  proxy: EgressProxy,
): Promise<TaskResult> {
  const page = await pageOf(sight, request.url.href, request.tables);
  context.signal.throwIfAborted();
  const artifacts = picture ? [await context.storeArtifact(screenshot(request.url.host, picture))] : [];
  const refused = proxy.incidents.all().filter(({ kind }) => kind === "refused" || kind === "over-limit");
  const refusals = [...new Set(refused.map((incident) => incident.reason))];
  const { visibleText } = sight;
  const quotes = { task: task.task, title: titleOf(sight), url: page.finalUrl, visibleText, markdown: page.text };
  return {
    text: summarise({ page, visibleText, refusals, others: request.others }),
    evidence: quotesOf(quotes),
    page,
    artifacts,
  };
}

function screenshot(host: string, body: Uint8Array) {
  return {
    kind: "screenshot",
    name: `${host.replace(/[^a-z0-9.-]/gi, "-")}.png`,
    mediaType: "image/png",
    body,
  } as const;
}
