package conclave;

import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;

/** A DistributedBarrier. */
final class Bar implements Part {
  private final DistributedBarrier barrier;

  Bar(CuratorFramework client, String path) {
    barrier = new DistributedBarrier(client, path);
  }

  @Override
  public List<?> call(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "set":
        barrier.setBarrier();
        return List.of();
      case "remove":
        barrier.removeBarrier();
        return List.of();
      case "wait":
        barrier.waitOnBarrier();
        return List.of();
      default:
        throw Part.unknown(verb);
    }
  }
}
