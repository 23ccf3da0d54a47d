/** Listener added by `addWatch`. Disposing of the handle removes it. */
export interface WatchHandle extends AsyncDisposable {
  /** Watched path, as the caller wrote it. */
  readonly path: string;
  /** True while events are reported: until {@link remove}, or until the session ends. */
  readonly isActive: boolean;
  /**
   * Removes the listener, which is not called any more from now on. If it was this client's last listener for the path
   * and mode, the server is asked to remove the watch, and the promise waits for the answer. Further calls return the
   * same promise. Rejects only if the server refuses.
   *
   * Servers before 3.9 can only remove all watches of a path: there a watch stays while others exist on its path, and
   * its events are ignored.
   */
  remove(): Promise<void>;
}
