/** Task that node-cron runs in a process of its own. */
export function task({ date }) {
  return new Date(date).toISOString();
}
