/** Task whose process ends before its run has ended. */
export function task() {
  process.exit(1);
}
