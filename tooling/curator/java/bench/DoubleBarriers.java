package bench;

import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;

/** Runs section 5.3 of the ZooKeeper paper: each client enters all barriers in succession, then leaves them. */
final class DoubleBarriers {
  private final Sessions sessions;

  DoubleBarriers(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Returns `finishedMs`, the mean over all clients of the time until they have left all barriers, and the CPU time. */
  Map<String, ? extends Number> run(Map<String, String> fields) throws Exception {
    var clients = sessions.of(fields.get("server"), Integer.parseInt(fields.get("clients")));
    var barriers = Integer.parseInt(fields.get("barriers"));
    var threads = Executors.newFixedThreadPool(clients.size());
    try {
      var usage = new Usage();
      var startedAt = System.nanoTime();
      var participants = new ArrayList<Callable<Double>>();
      for (var client : clients) {
        participants.add(
            () -> {
              var own = new ArrayList<DistributedDoubleBarrier>();
              for (int number = 0; number < barriers; number++) {
                own.add(new DistributedDoubleBarrier(client, fields.get("path") + "/" + number, clients.size()));
              }
              for (var barrier : own) barrier.enter();
              for (var barrier : own) barrier.leave();
              return (System.nanoTime() - startedAt) / 1e6;
            });
      }
      double finishedMs = 0;
      for (var future : threads.invokeAll(participants)) finishedMs += future.get() / clients.size();
      return Map.of("finishedMs", finishedMs, "cpuUs", usage.until(0).get("cpuUs"));
    } finally {
      threads.shutdownNow();
    }
  }
}
