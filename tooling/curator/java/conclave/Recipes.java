package conclave;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;

/** Factory of recipes, each with its own session. */
final class Recipes {
  /**
   * The arguments: kind, connect string, session timeout in milliseconds, path, identity, and one that depends on the kind.
   */
  static Recipe open(CuratorFramework client, List<String> arguments) throws Exception {
    var path = arguments.get(3);
    var id = arguments.get(4);
    var argument = arguments.get(5);
    switch (arguments.get(0)) {
      case "mutex": return LockContender.mutex(client, path, id);
      case "reader": return LockContender.reader(client, path, id);
      case "writer": return LockContender.writer(client, path, id);
      case "semaphore": return new SemaphoreContender(client, path, Integer.parseInt(argument), id);
      case "latch": return new LatchContender(client, path, id);
      case "selector": return new SelectorContender(client, path, id);
      case "member": return new MemberRecipe(client, path, id, argument);
      case "barrier": return new BarrierRecipe(client, path);
      case "count": return new CounterRecipe(client, path);
      case "services": return new ServicesRecipe(client, path);
      default: throw new IllegalArgumentException("unknown kind of recipe: " + arguments.get(0));
    }
  }

  /** Returns a client whose session is established. */
  static CuratorFramework connect(String connectString, int sessionTimeoutMs) throws Exception {
    var client = CuratorFrameworkFactory.newClient(connectString, sessionTimeoutMs, 10_000, new RetryNTimes(100, 50));
    client.start();
    if (!client.blockUntilConnected(60, TimeUnit.SECONDS)) throw new IllegalStateException("no connection within 60 s to " + connectString);
    return client;
  }
}
