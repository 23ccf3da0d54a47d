package conclave;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Apache Curator, as somebody else's process: does what the lines of its input say, and ends with its input.
 *
 * A request is `number, part, verb, arguments…`, with tabs in between. Its answer is `number, "ok", values…` or `number, "error",
 * message`; those of one part come in order. The verb `open` makes the part: see Parts.
 */
public final class Main {
  private static final Map<String, Worker> workers = new ConcurrentHashMap<>();

  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = input.readLine()) != null; ) {
      var words = Arrays.asList(line.split("\t", -1));
      workers.computeIfAbsent(words.get(1), name -> new Worker())
          .take(words.get(0), words.get(2), words.subList(3, words.size()));
    }
    // Threads of Curator may still wait for something; nobody hears them any more.
    Runtime.getRuntime().halt(0);
  }
}
