package conclave;

import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;

/** DistributedBarrier. */
final class BarrierRecipe implements Recipe {
  private final DistributedBarrier barrier;

  BarrierRecipe(CuratorFramework client, String path) {
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
        throw Recipe.unknown(verb);
    }
  }
}
