package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Process in which `pnpm bench recipes` runs recipes of Apache Curator. Reads one message per line from standard input: a name
 * and fields without blanks, such as `hand-over sessions=10 forMs=2000`. Prints for each `done` and fields, or with `failed`
 * and a stack trace on standard error. Exits at the end of the input.
 */
final class CuratorBench {
  private final Sessions sessions = new Sessions();
  private final CostSteps costs = new CostSteps(sessions);
  private final Elections elections = new Elections(sessions);

  public static void main(String[] args) throws Exception {
    var bench = new CuratorBench();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(bench.answer(line));
      System.out.flush();
    }
    // Threads of recipes may still be blocked.
    System.exit(0);
  }

  private String answer(String line) {
    try {
      var words = line.trim().split(" ");
      var fields = new LinkedHashMap<String, String>();
      for (int index = 1; index < words.length; index++) {
        var at = words[index].indexOf('=');
        fields.put(words[index].substring(0, at), words[index].substring(at + 1));
      }
      var result = run(words[0], fields);
      return "done" + result.entrySet().stream().map(each -> " " + each.getKey() + "=" + each.getValue()).collect(Collectors.joining());
    } catch (Exception | AssertionError error) {
      error.printStackTrace();
      return "failed";
    }
  }

  private Map<String, ? extends Number> run(String name, Map<String, String> fields) throws Exception {
    switch (name) {
      case "open":
        return costs.open(fields);
      case "begin":
        return costs.begin(fields.get("recipe"), fields.get("path"));
      case "do":
        return costs.run(fields.get("step"));
      case "hand-over":
        return new HandOvers(sessions).run(fields);
      case "double-barrier":
        return new DoubleBarriers(sessions).run(fields);
      case "resign":
        return elections.resign(fields);
      case "lead":
        return elections.lead(fields);
      case "campaign":
        return elections.campaign(fields);
      case "elected":
        return elections.elected();
      default:
        throw new IllegalArgumentException("unknown message: " + name);
    }
  }
}
