const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Calls `callback` for each SIGTERM and SIGINT. Returns a function that removes the listeners. */
export function onStopRequested(callback: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of STOP_SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, callback);
  };
}

/**
 * Does the same, and calls `callback` as for a SIGTERM when the parent process ends: it then disconnects the channel that
 * `fork` of `node:child_process` opened. Without such a channel the parent has ended already.
 */
export function onStopRequestedOrOrphaned(callback: (signal: NodeJS.Signals) => void): () => void {
  const remove = onStopRequested(callback);
  const onDisconnect = (): void => callback("SIGTERM");
  if (process.connected === true) process.once("disconnect", onDisconnect);
  else setImmediate(onDisconnect);
  return () => {
    remove();
    process.off("disconnect", onDisconnect);
  };
}
