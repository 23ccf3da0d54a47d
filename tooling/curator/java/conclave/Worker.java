package conclave;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;

/** One recipe and its thread: a lock of Curator belongs to the thread that acquired it. */
final class Worker {
  private static final PrintStream output = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
    var thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  });
  private Recipe recipe;

  /** Executes a request after all earlier ones of its recipe, and prints the response. */
  void execute(String number, String verb, List<String> arguments) {
    thread.execute(() -> {
      try {
        if (verb.equals("open")) {
          var client = Recipes.connect(arguments.get(1), Integer.parseInt(arguments.get(2)));
          recipe = Recipes.open(client, arguments);
          respond(number + "\tok\t" + session(client));
        } else {
          var values = recipe.call(verb, arguments).stream().map(value -> "\t" + value);
          respond(number + "\tok" + values.collect(Collectors.joining()));
        }
      } catch (Throwable error) {
        error.printStackTrace();
        respond(number + "\terror\t" + error.toString().replaceAll("\\s+", " "));
      }
    });
  }

  /** Returns the session in the format of `SavedSession.parse` of @conclave/client. */
  private static String session(CuratorFramework client) throws Exception {
    var zooKeeper = client.getZookeeperClient().getZooKeeper();
    var password = Base64.getEncoder().encodeToString(zooKeeper.getSessionPasswd());
    return "0x" + Long.toHexString(zooKeeper.getSessionId()) + ":" + password;
  }

  private static void respond(String line) {
    synchronized (output) {
      output.print(line + "\n");
      output.flush();
    }
  }
}
