import { randomUUID } from "node:crypto";
import type { Target } from "#/lib/egress/target.ts";

/** Why the proxy did not connect. `refused` is the policy's word, `over-limit` a limit's, the others are the network's. */
type IncidentKind = "refused" | "over-limit" | "not-found" | "unreachable";

/** A connection that the proxy did not make. `reason` is one sentence for a person. */
export type Incident = {
  /** Not to be guessed, so that a site cannot pretend that an answer of its own is the proxy's. */
  readonly id: string;
  readonly kind: IncidentKind;
  readonly target: Target;
  readonly reason: string;
};

export type NewIncident = Omit<Incident, "id">;

export type IncidentRecord = {
  add(incident: NewIncident): Incident;
  /** In the order in which they happened; the first 1,000. */
  all(): readonly Incident[];
  byId(id: string): Incident | null;
  /** The newest one of a target. */
  at(target: Target): Incident | null;
};

const maxIncidents = 1_000;

export function createIncidentRecord(): IncidentRecord {
  const incidents: Incident[] = [];
  return {
    add(incident) {
      const numbered = { id: randomUUID(), ...incident };
      if (incidents.length < maxIncidents) incidents.push(numbered);
      return numbered;
    },
    all: () => incidents,
    byId: (id) => incidents.find((incident) => incident.id === id) ?? null,
    at: ({ host, port }) => incidents.findLast(({ target }) => target.host === host && target.port === port) ?? null,
  };
}
