package conclave;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;

/** Makes parts, each with a session of its own. */
final class Parts {
  /** The arguments are the kind, where to connect to, the session timeout in milliseconds, the path, who it is, and more. */
  static Part open(List<String> arguments) throws Exception {
    var client = connect(arguments.get(1), Integer.parseInt(arguments.get(2)));
    var path = arguments.get(3);
    // Who it is, and what else its kind wants to know.
    var id = arguments.get(4);
    var more = arguments.get(5);
    switch (arguments.get(0)) {
      case "mutex": return LockContender.mutex(client, path, id);
      case "reader": return LockContender.reader(client, path, id);
      case "writer": return LockContender.writer(client, path, id);
      case "semaphore": return new SemaphoreContender(client, path, Integer.parseInt(more), id);
      case "latch": return new LatchContender(client, path, id);
      case "selector": return new SelectorContender(client, path, id);
      case "member": return new Member(client, path, id, more);
      case "barrier": return new Bar(client, path);
      case "count": return new Count(client, path);
      case "services": return new Services(client, path);
      default: throw new IllegalArgumentException("there is no kind " + arguments.get(0));
    }
  }

  private static CuratorFramework connect(String connectString, int sessionTimeoutMs) throws Exception {
    var client = CuratorFrameworkFactory.newClient(connectString, sessionTimeoutMs, 10_000, new RetryNTimes(100, 50));
    client.start();
    if (!client.blockUntilConnected(20, TimeUnit.SECONDS)) throw new IllegalStateException("no server answers at " + connectString);
    return client;
  }
}
