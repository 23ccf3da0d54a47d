import type { StateChange, ZooKeeper } from "@conclave/client";

/** The part of a BullMQ `Worker`, of any queue and backend, that {@link pauseWhileDisconnected} uses. */
export interface PausableWorker {
  readonly opts: { readonly maxStartedAttempts?: number | undefined };
  isPaused(): boolean;
  isRunning(): boolean;
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): Promise<void>;
  cancelJob(jobId: string, reason?: string): boolean;
  cancelAllJobs(reason?: string): void;
  on(event: "lockRenewalFailed", listener: (jobIds: string[]) => void): unknown;
  on(event: "resumed" | "active", listener: () => void): unknown;
  off(event: "lockRenewalFailed", listener: (jobIds: string[]) => void): unknown;
  off(event: "resumed" | "active", listener: () => void): unknown;
  off(event: "closed", listener: () => void): unknown;
  once(event: "closed", listener: () => void): unknown;
  emit(event: "error", error: Error): boolean;
}

/**
 * Pauses a worker while the session of `client` is not connected, until the worker is closed or the returned function is
 * called:
 *
 * - suspended: the worker takes no more jobs (`worker.pause`, which pauses this worker only). The grants of running jobs
 *   decide what these do.
 * - connected: the worker resumes, unless its owner paused it before or during the suspension. A worker that its owner
 *   starts or resumes during a suspension is paused again until the session is connected.
 * - lost (the session expired, or the client was closed): the signals of all jobs of the worker abort, with the reason
 *   `session-lost`.
 * - A job with a BullMQ lock that could not be renewed is aborted (`lock-renewal-failed`): another worker may run it.
 *
 * The returned function also resumes a worker that this function paused. To notice pauses of the owner, this replaces
 * `worker.pause` by a function that records the call and then makes it. `guardedWorker` calls this function itself. Throws
 * a `TypeError` for a worker with `maxStartedAttempts`.
 */
export function pauseWhileDisconnected(worker: PausableWorker, client: ZooKeeper): () => void {
  rejectStartLimit(worker.opts);
  const pauseWorker = worker.pause.bind(worker);
  let hasPaused = false;
  // BullMQ emits no event when a paused worker is paused again, so only the call shows that its owner paused it.
  worker.pause = (doNotWaitActive) => {
    hasPaused = false;
    return pauseWorker(doNotWaitActive);
  };
  const pause = (): void => {
    if (worker.isPaused() || !worker.isRunning()) return;
    hasPaused = true;
    pauseWorker(true).catch((error: Error) => worker.emit("error", error));
  };
  const resume = (): void => {
    if (!hasPaused) return;
    hasPaused = false;
    void worker.resume();
  };
  const onState = ({ state }: Pick<StateChange, "state">): void => {
    if (state === "connected") return resume();
    pause();
    if (state !== "expired" && state !== "closed") return;
    // After the other listeners of this event: the grants end first, so a guarded job sees the reason of its grant.
    void Promise.resolve().then(() => worker.cancelAllJobs("session-lost"));
  };
  const onRenewalFailed = (jobIds: string[]): void => {
    for (const id of jobIds) worker.cancelJob(id, "lock-renewal-failed");
  };
  const onRunning = (): void => {
    if (client.state !== "connected") pause();
  };
  const stop = (): void => {
    client.off("state", onState);
    worker.off("resumed", onRunning);
    worker.off("active", onRunning);
    worker.off("lockRenewalFailed", onRenewalFailed);
    worker.off("closed", stop);
  };
  client.on("state", onState);
  worker.on("resumed", onRunning);
  worker.on("active", onRunning);
  worker.on("lockRenewalFailed", onRenewalFailed);
  worker.once("closed", stop);
  onState(client);
  return () => {
    stop();
    resume();
  };
}

/**
 * Throws a `TypeError` for a worker with a limit on the starts of a job. A delayed job starts again each time, so BullMQ
 * would fail it after that many delays.
 */
export function rejectStartLimit({ maxStartedAttempts }: { readonly maxStartedAttempts?: number | undefined }): void {
  if (maxStartedAttempts === undefined || maxStartedAttempts === 0) return;
  throw new TypeError(
    `maxStartedAttempts is ${maxStartedAttempts}, but every delay of a guarded job counts as a start: remove the option, and limit failures by the job's attempts`,
  );
}
