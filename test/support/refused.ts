import { DeputyError } from "#/lib/errors.ts";

/** The error that the product gives instead of the work; any other end of it fails the test. */
export async function refused(work: Promise<unknown>): Promise<DeputyError> {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof DeputyError) return thrown;
  throw new Error("it was not refused", { cause: thrown });
}
