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
  on(event: "resumed", listener: () => void): unknown;
  off(event: "lockRenewalFailed", listener: (jobIds: string[]) => void): unknown;
  off(event: "resumed", listener: () => void): unknown;
  once(event: "closed", listener: () => void): unknown;
  emit(event: "error", error: Error): boolean;
}

/**
 * Has a worker follow the session of `client`, until the worker is closed or the function that is returned is called:
 *
 * - suspended: the worker takes no more jobs (`worker.pause`, of this worker alone); what runs is told by its own grant.
 * - connected: it goes on, if it was this that paused it. Whoever resumes it before then has it paused again; whoever pauses
 *   it meanwhile is not noticed, since BullMQ tells of no second pause, and pauses the queue instead (`queue.pause`).
 * - lost (expired, or the client was closed): the signals of all its jobs abort, with the reason `session-lost`.
 * - A job of which BullMQ could not renew its own lock is aborted as well (`lock-renewal-failed`): another worker may have it.
 *
 * `guardedWorker` does this by itself. Throws a `TypeError` for a worker with `maxStartedAttempts`.
 */
export function followSession(worker: SessionWorker, client: ZooKeeper): () => void {
  refuseStartLimit(worker.opts);
  let hasPaused = false;
  const pause = (): void => {
    if (worker.isPaused() || !worker.isRunning()) return;
    hasPaused = true;
    worker.pause(true).catch((error: Error) => worker.emit("error", error));
  };
  const resume = (): void => {
    if (!hasPaused) return;
    hasPaused = false;
    void worker.resume();
  };
  const onState = ({ state }: Pick<StateChange, "state">): void => {
    if (state === "connected") return resume();
    pause();
    if (state === "expired" || state === "closed") worker.cancelAllJobs("session-lost");
  };
  const onRenewalFailed = (jobIds: string[]): void => {
    for (const id of jobIds) worker.cancelJob(id, "lock-renewal-failed");
  };
  const onResumed = (): void => {
    if (client.state !== "connected") pause();
  };
  const stop = (): void => {
    client.off("state", onState);
    worker.off("resumed", onResumed);
    worker.off("lockRenewalFailed", onRenewalFailed);
  };
  client.on("state", onState);
  worker.on("resumed", onResumed);
  worker.on("lockRenewalFailed", onRenewalFailed);
  worker.once("closed", stop);
  onState(client);
  return stop;
}
