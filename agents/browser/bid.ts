import { isIP } from "node:net";
import { addressesOf, readRequest } from "#/agents/browser/request.ts";
import type { Policy } from "#/lib/egress/policy.ts";
import { targetOf } from "#/lib/egress/target.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** From the start of the browser to the picture, of a page that loads as most do. */
const secondsAPage = 8;

/** Free; sure of a page whose address the task names, less when it names others that stay unopened; null without any. */
export function bidOn(task: TaskSpec, policy: Policy): Bid | null {
  const addresses = addressesOf(task);
  if (addresses.length === 0 || !canBeOpened(task, policy)) return null;
  const [first, ...others] = addresses;
  const note =
    others.length === 0 ? `It would open ${first}.` : `It would open ${first}, and not ${others.length} more.`;
  return { price: 0, seconds: secondsAPage, confidence: Math.max(0.3, 0.9 / addresses.length), note };
}

function canBeOpened(task: TaskSpec, policy: Policy): boolean {
  try {
    return refusalOf(policy, readRequest(task).url) === null;
  } catch (thrown) {
    if (thrown instanceof DeputyError) return false;
    throw thrown;
  }
}

/** Why the address of a task is not opened, when it says so by itself: a name is judged when it is resolved. */
export function refusalOf(policy: Policy, url: URL): string | null {
  const target = targetOf(url);
  return target && isIP(target.host) ? policy.refusal(target, [target.host]) : null;
}
