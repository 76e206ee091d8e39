import { type Document, isAlias, isMap, isScalar, type Node, visit, type YAMLMap } from "yaml";
import type { Fault, Places } from "#/lib/workflow/place.ts";

export type NotRead = {
  readonly faults: readonly Fault[];
  /** What an alias stands for is not looked up, so nothing can be said of the content. */
  readonly hasAlias: boolean;
};

/** What YAML allows or lets pass and a workflow does not hold: aliases, tags, and a key that stands twice in one mapping. */
export function notRead(document: Document.Parsed, places: Places): NotRead {
  const faults: Fault[] = [];
  let hasAlias = false;
  visit(document, {
    Node: (_, node) => {
      hasAlias ||= isAlias(node);
      for (const { at, message } of faultsOf(node)) faults.push({ ...places.ofNode(at), message });
    },
  });
  return { faults, hasAlias };
}

type Found = { readonly at: unknown; readonly message: string };

function faultsOf(node: Node): Found[] {
  if (isAlias(node)) return [{ at: node, message: `Aliases such as *${node.source} are not read; write it out.` }];
  const tagged =
    node.tag === undefined ? [] : [{ at: node, message: `The tag ${node.tag} is not read; leave it out.` }];
  return isMap(node) ? [...tagged, ...repeatedKeys(node)] : tagged;
}

function repeatedKeys({ items }: YAMLMap): Found[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const isRepeated = seen.has(key.value);
    seen.add(key.value);
    return isRepeated ? [{ at: key, message: `\`${key.value}\` stands here twice.` }] : [];
  });
}
