package conclave;

import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.retry.RetryForever;

/** DistributedAtomicLong. */
final class CounterRecipe implements Recipe {
  private final DistributedAtomicLong count;

  CounterRecipe(CuratorFramework client, String path) {
    count = new DistributedAtomicLong(client, path, new RetryForever(1));
  }

  @Override
  public List<?> call(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "get":
        return List.of(count.get().postValue());
      case "add":
        return List.of(count.add(Long.valueOf(arguments.get(0))).postValue());
      case "addRepeatedly":
        for (int done = 0; done < Integer.parseInt(arguments.get(1)); done++) count.add(Long.valueOf(arguments.get(0)));
        return List.of();
      default:
        throw Recipe.unknown(verb);
    }
  }
}
