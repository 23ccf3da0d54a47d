package conclave;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** One part with a thread of its own: a lock of Curator belongs to the thread that acquired it. */
final class Worker {
  private static final PrintStream output = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
    var thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  });
  private Part part;

  /** Does it after what was asked before, and answers. */
  void take(String number, String verb, List<String> arguments) {
    thread.execute(() -> {
      try {
        if (verb.equals("open")) {
          part = Parts.open(arguments);
          answer(number + "\tok");
        } else {
          var values = part.call(verb, arguments).stream().map(value -> "\t" + value);
          answer(number + "\tok" + values.collect(Collectors.joining()));
        }
      } catch (Throwable error) {
        error.printStackTrace();
        answer(number + "\terror\t" + error.toString().replaceAll("\\s+", " "));
      }
    });
  }

  private static void answer(String line) {
    synchronized (output) {
      output.print(line + "\n");
      output.flush();
    }
  }
}
