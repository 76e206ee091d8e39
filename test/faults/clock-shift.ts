/**
 * Loaded with `--import` before everything else, in each thread: sets the clock of this process wrong by FAULT_CLOCK_MS,
 * FAULT_CLOCK_AFTER_MS after its start (0: from the start). Timers and performance.now() go on as they are, as in life.
 */
const RealDate = Date;
const shiftMs = Number(process.env.FAULT_CLOCK_MS ?? 0);
const afterMs = Number(process.env.FAULT_CLOCK_AFTER_MS ?? 0);

function shiftedNow(): number {
  return RealDate.now() + (performance.timeOrigin + performance.now() - bornAt >= afterMs ? shiftMs : 0);
}

/** A thread is younger than its process, and must jump with it. */
const bornAt = RealDate.now() - process.uptime() * 1_000;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [shiftedNow()] : given, newTarget),
  apply: () => new RealDate(shiftedNow()).toString(),
  get: (target, name) => (name === "now" ? shiftedNow : Reflect.get(target, name)),
});
