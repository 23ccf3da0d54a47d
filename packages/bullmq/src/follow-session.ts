import type { StateChange, ZooKeeper } from "@conclave/client";
import { refuseStartLimit } from "./refuse-start-limit.js";

/** What following a session needs of a BullMQ `Worker`, of any queue and backend. */
export interface SessionWorker {
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
 * - suspended: the worker takes no more jobs (`worker.pause`, of this worker alone); running jobs learn of it by their grants.
 * - connected: the worker resumes, unless its owner has paused it, before or during the suspension. An owner that resumes
 *   or starts it while the session is suspended has it paused again until the session is connected.
 * - lost (expired, or the client was closed): the signals of all its jobs abort, with the reason `session-lost`.
 * - A job of which BullMQ could not renew its own lock is aborted as well (`lock-renewal-failed`): another worker may have it.
 *
 * The returned function also resumes a worker that this paused. To see its owner's pauses, this replaces `worker.pause` by a
 * function that notes the call and makes it. `guardedWorker` does all this by itself. Throws a `TypeError` for a worker with
 * `maxStartedAttempts`.
 */
export function followSession(worker: SessionWorker, client: ZooKeeper): () => void {
  refuseStartLimit(worker.opts);
  const pauseWorker = worker.pause.bind(worker);
  let hasPaused = false;
  // BullMQ emits nothing when a worker that is paused already is paused again, so the call itself is what shows it.
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
    // After the other listeners of this event: grants end first, and so give a guarded job the exact reason.
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
