/** Begins to measure time and CPU, of all threads of this process; the function that it returns tells what they were. */
export function startUsage(): () => { readonly ms: number; readonly cpuUs: number } {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { ms: performance.now() - startedAt, cpuUs: user + system };
  };
}
