package conclave;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Process that runs recipes of Apache Curator. Reads one request per line from standard input, and exits at the end of the input.
 *
 * A request is `number, recipe, verb, arguments…`, separated by tabs. The response is `number, "ok", values…` or `number, "error",
 * message`. Requests for one recipe are executed in order. The verb `open` creates the recipe: see Recipes.
 */
public final class Main {
  private static final Map<String, Worker> workers = new ConcurrentHashMap<>();

  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = input.readLine()) != null; ) {
      var words = Arrays.asList(line.split("\t", -1));
      workers.computeIfAbsent(words.get(1), name -> new Worker())
          .execute(words.get(0), words.get(2), words.subList(3, words.size()));
    }
    // Threads of Curator may still be blocked.
    Runtime.getRuntime().halt(0);
  }
}
