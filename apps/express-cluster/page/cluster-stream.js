/** Pause before another process is asked, in milliseconds. */
const PAUSE_MS = 400;

/**
 * Follows the cluster by the events of one process and, when that ends, of the next known one. Calls `changed` with the origin
 * of that process and its view, and `lost` when its stream ends.
 */
export function followCluster(firstOrigin, { changed, lost }) {
  let known = [firstOrigin];
  const follow = (origin) => {
    const events = new EventSource(`${origin}/cluster/stream`);
    events.addEventListener("cluster", ({ data }) => {
      const cluster = JSON.parse(data);
      known = cluster.members.map(({ url }) => url);
      if (known.length === 0) known = [origin];
      changed(origin, cluster);
    });
    // EventSource would connect to the same process again, which may have ended.
    events.addEventListener("error", () => {
      events.close();
      lost(origin);
      const next = known[(known.indexOf(origin) + 1) % known.length];
      setTimeout(follow, PAUSE_MS, next);
    });
  };
  follow(firstOrigin);
}
