package bench;

import java.util.HashMap;
import java.util.List;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;

/** Sessions that stay open until the process ends. */
final class Sessions {
  private static final int TIMEOUT_MS = 30_000;
  private final Map<String, List<CuratorFramework>> open = new HashMap<>();

  /** Returns `count` sessions with one server, and reuses open ones. */
  List<CuratorFramework> of(String server, int count) throws InterruptedException {
    var known = open.computeIfAbsent(server, key -> new ArrayList<>());
    while (known.size() < count) known.add(connect(server, TIMEOUT_MS));
    return known.subList(0, count);
  }

  CuratorFramework connect(String server, int timeoutMs) throws InterruptedException {
    var client = CuratorFrameworkFactory.newClient(server, timeoutMs, TIMEOUT_MS, new RetryForever(100));
    client.start();
    if (!client.blockUntilConnected(TIMEOUT_MS, TimeUnit.MILLISECONDS)) throw new IllegalStateException("no session with " + server);
    return client;
  }
}
