/** How long to wait before another process is asked, in milliseconds. */
const PAUSE_MS = 400;

/**
 * Follows the cluster by the events of one process and, when that one goes, of the next one that is known. `told` is called
 * with the origin that is followed and what it says; `lost` when it is followed no more.
 */
export function followCluster(firstOrigin, { told, lost }) {
  let known = [firstOrigin];
  const follow = (origin) => {
    const events = new EventSource(`${origin}/cluster/stream`);
    events.addEventListener("cluster", ({ data }) => {
      const cluster = JSON.parse(data);
      known = cluster.members.map(({ url }) => url);
      if (known.length === 0) known = [origin];
      told(origin, cluster);
    });
    // EventSource would come back to the same process, which may be gone for good.
    events.addEventListener("error", () => {
      events.close();
      lost(origin);
      const next = known[(known.indexOf(origin) + 1) % known.length];
      setTimeout(follow, PAUSE_MS, next);
    });
  };
  follow(firstOrigin);
}
