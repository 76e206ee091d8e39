import type { Context } from "#/lib/run/context.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { loadedRuns, loadOpenTasks, lockRuns } from "#/lib/store/load-runs.ts";
import { isOpen, type LoadedRun, type TaskState } from "#/lib/store/run-state.ts";

/** A process's clock and the database's may differ by this much here. */
const NEAR_MS = 5_000;

export type Watched = {
  readonly findings: string[];
  /** To be false while somebody else may change the same runs. */
  isComparing: boolean;
};

/**
 * Has the changes that are asked of these processes compared with the record: what one was made from, the last time that it was
 * made, must be what a reading right before gave. What is not so is a finding.
 */
export function watchChanges(contexts: readonly Context[]): Watched {
  const watched: Watched = { findings: [], isComparing: true };
  for (const context of contexts) {
    const { writer } = context;
    const change = writer.change.bind(writer);
    writer.change = async (runId, apply, needs) => {
      const before = watched.isComparing ? await read(context, runId) : undefined;
      let made: Made | undefined;
      try {
        return await change(
          runId,
          (state) => {
            const given = { run: state.run, tasks: state.openTasks() };
            made = { given, touched: () => touchedIn(state, given.tasks) };
            return apply(state);
          },
          needs,
        );
      } finally {
        if (before !== undefined && made !== undefined) watched.findings.push(...differences(before, made));
      }
    };
  }
  return watched;
}

type Made = { readonly given: LoadedRun; readonly touched: () => ReadonlySet<string> };

function touchedIn(state: RunChange, given: readonly TaskState[]): Set<string> {
  return new Set(given.filter((task) => state.task(task.id) !== task).map(({ id }) => id));
}

async function read({ store }: Context, runId: string): Promise<LoadedRun | undefined> {
  const runs = await lockRuns(store.sql, [runId]);
  return loadedRuns(new Map(), runs, await loadOpenTasks(store.sql, [runId]), []).get(runId);
}

function differences(read: LoadedRun, { given, touched }: Made): string[] {
  const changed = touched();
  const of = ({ run, tasks }: LoadedRun) => [
    `run ${JSON.stringify(run, replacer)}`,
    ...tasks.filter(({ status }) => isOpen(status)).map((task) => line(task, changed.has(task.id))),
  ];
  const [expected, seen] = [of(read), of(given)];
  const pairs = Array.from({ length: Math.max(expected.length, seen.length) }, (_, at) => [expected[at], seen[at]]);
  const wrong = pairs.filter(([left, right]) => left !== right).map((pair) => pair.join("\n  not "));
  return [
    ...wrong,
    ...given.tasks.flatMap((task) =>
      timesOf(
        task,
        read.tasks.find(({ id }) => id === task.id),
      ),
    ),
  ];
}

const replacer = (key: string, value: unknown) => (timeKeys.includes(key) ? undefined : value);
const timeKeys = ["createdAt", "startedAt", "due"];

/** A claim is no change of the run. Who only looks at a task does not go by whether somebody has claimed it already. */
function line(task: TaskState, isChanged: boolean): string {
  const isFree = task.dispatched && (task.status === "pending" || task.status === "in_progress");
  const said = isChanged || !isFree ? task : { ...task, ...unsaid };
  return JSON.stringify(Object.fromEntries(Object.entries(said).sort()), replacer);
}

const unsaid = { status: "free", attempt: 0, claim: 0, workerId: "", startedAt: "" };

function timesOf(seen: TaskState, read: TaskState | undefined): string[] {
  if (read === undefined) return [];
  const isNear = Math.abs(Date.parse(seen.createdAt) - Date.parse(read.createdAt)) < NEAR_MS;
  return [
    ...(isNear ? [] : [`${seen.ref} was created ${read.createdAt}, not ${seen.createdAt}`]),
    ...(read.due && !seen.due ? [`${seen.ref} is due`] : []),
  ];
}
