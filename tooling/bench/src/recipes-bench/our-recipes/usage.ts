/** Starts to measure time and CPU time of all threads of this process; the returned function returns both. */
export function startUsage(): () => { readonly ms: number; readonly cpuUs: number } {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: performance.now() - startedAt, cpuUs: user + system };
  };
}
