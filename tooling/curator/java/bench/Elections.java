package bench;

import java.util.Map;
import org.apache.curator.framework.recipes.leader.LeaderLatch;

/** Measures the time from the end of one leadership to the next. */
final class Elections {
  private final Sessions sessions;
  private LeaderLatch latch;

  Elections(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Returns the mean time, in microseconds, from a resignation until the waiting candidate leads. */
  Map<String, ? extends Number> resign(Map<String, String> fields) throws Exception {
    var times = Integer.parseInt(fields.get("times"));
    var clients = sessions.of(fields.get("server"), 2);
    var path = fields.get("path");
    double us = 0;
    var leader = new LeaderLatch(clients.get(0), path, "0");
    leader.start();
    leader.await();
    for (int turn = 1; turn <= times; turn++) {
      var next = new LeaderLatch(clients.get(turn % 2), path, Integer.toString(turn));
      next.start();
      while (leader.getParticipants().size() < 2) Thread.sleep(1);
      Thread.sleep(Long.parseLong(fields.get("settleMs")));
      var startedAt = System.nanoTime();
      leader.close();
      next.await();
      us += (System.nanoTime() - startedAt) / 1e3 / times;
      leader = next;
    }
    leader.close();
    return Map.of("us", us);
  }

  /** Campaigns with a new session; returns when it leads. */
  Map<String, ? extends Number> lead(Map<String, String> fields) throws Exception {
    latch = new LeaderLatch(session(fields), fields.get("path"), "leader");
    latch.start();
    latch.await();
    return Map.of();
  }

  /** Campaigns with a new session, as the candidate after the leader; returns when it waits. */
  Map<String, ? extends Number> campaign(Map<String, String> fields) throws Exception {
    latch = new LeaderLatch(session(fields), fields.get("path"), "next");
    latch.start();
    while (latch.getParticipants().size() < 2) Thread.sleep(10);
    return Map.of();
  }

  /** Returns when the candidate of campaign() leads. */
  Map<String, ? extends Number> elected() throws Exception {
    latch.await();
    return Map.of();
  }

  private org.apache.curator.framework.CuratorFramework session(Map<String, String> fields) throws Exception {
    return sessions.connect(fields.get("server"), Integer.parseInt(fields.get("sessionTimeoutMs")));
  }
}
