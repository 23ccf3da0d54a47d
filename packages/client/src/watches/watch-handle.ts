/** A listener that `addWatch` added. Disposing of it removes it. */
export interface WatchHandle extends AsyncDisposable {
  /** The watched path, as the caller wrote it. */
  readonly path: string;
  /** Whether events are told: until {@link remove}, or until the session ends. */
  readonly isActive: boolean;
  /**
   * Removes the listener: from the call on it is not called any more. Where it was the last one of this client for the
   * path and mode, the server is told to drop the watch, and the promise waits for that. Calling it again gives the same
   * promise. Rejects only where the server refuses.
   *
   * Servers before 3.9 can only drop all watches of a path: there one that has others beside it on its path stays, and
   * its events are not told.
   */
  remove(): Promise<void>;
}
