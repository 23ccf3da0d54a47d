/**
 * Throws a `TypeError` where a worker limits how often a job may start: one that is put back because its key is held starts
 * again each time, and BullMQ would fail it for that.
 */
export function refuseStartLimit({ maxStartedAttempts }: { readonly maxStartedAttempts?: number | undefined }): void {
  if (maxStartedAttempts === undefined || maxStartedAttempts === 0) return;
  throw new TypeError(
    `maxStartedAttempts is ${maxStartedAttempts}, and a guarded job starts again each time that it was put back: leave it out, and limit failures by the job's attempts`,
  );
}
