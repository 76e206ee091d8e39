import { join } from "node:path";
import { DeputyError } from "#/lib/errors.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";
import { type LogFile, openLog } from "#/lib/launch/logs.ts";
import { openRoster } from "#/lib/launch/roster.ts";
import type { Say } from "#/lib/launch/say.ts";
import { type Start, type Supervised, supervise } from "#/lib/launch/supervise.ts";

/** All children of one launcher. */
export type Crew = {
  /** Starts a child and keeps it running. Throws what its first start throws, and `stopping` once `stop` was called. */
  add<T extends Running>(name: string, start: Start<T>, ended?: () => Promise<void>): Promise<Supervised<T>>;
  log(name: string): LogFile;
  /** Ends what an earlier launcher on the same data left behind; gives the names. */
  endLeftovers(): Promise<string[]>;
  /** Stops the children group by group, in the order given; whoever is in no group comes last. */
  stop(groups: readonly (readonly string[])[]): Promise<void>;
  /** Ends all of them at once. */
  kill(): void;
};

export function openCrew(dataDir: string, say: Say): Crew {
  const members = new Map<string, Supervised<Running>>();
  const roster = openRoster(join(dataDir, "children.json"));
  let stopping = false;

  const stopGroup = (names: readonly string[]) =>
    Promise.all(
      names.map(async (name) => {
        await members.get(name)?.stop();
        members.delete(name);
      }),
    );

  return {
    add: async (name, start, ended) => {
      if (stopping) throw new DeputyError("stopping", "Deputy is stopping.");
      const hooks = { say, started: (pid: number) => roster.note(name, pid), ...(ended && { ended }) };
      const member = await supervise(name, start, hooks);
      members.set(name, member);
      return member;
    },
    log: (name) => openLog(join(dataDir, "logs"), name, say),
    endLeftovers: () => roster.endLeftovers(),
    stop: async (groups) => {
      stopping = true;
      for (const group of groups) await stopGroup(group);
      await stopGroup([...members.keys()]);
      roster.clear();
    },
    kill: () => {
      stopping = true;
      for (const member of members.values()) member.kill();
    },
  };
}
