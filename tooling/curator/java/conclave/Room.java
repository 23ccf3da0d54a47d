package conclave;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A folder that stands for what a recipe guards: who is inside has a file in it, and who enters looks at the files of the others.
 * So of any two who are inside at once, one sees the other. The same as room.ts, which says what the names of the files mean.
 */
final class Room {
  private final Path folder;

  Room(Path folder) {
    this.folder = folder;
  }

  /** Throws where the rule is broken; the rule is `alone`, or how many may be inside. */
  Visit enter(String name, String rule) throws IOException {
    var file = Files.createFile(folder.resolve(rule + " " + name + " " + UUID.randomUUID()));
    try (var files = Files.list(folder)) {
      var inside = files.map(each -> each.getFileName().toString()).filter(each -> !each.equals("journal")).toList();
      var limit = rule.equals("alone") ? 1 : Integer.parseInt(rule);
      var crowd = inside.size() > 1 && inside.stream().anyMatch(each -> each.startsWith("alone "));
      if (crowd || inside.size() > limit) throw new IllegalStateException("these are inside at once: " + inside);
    }
    return new Visit(name, file);
  }

  final class Visit implements AutoCloseable {
    private final String name;
    private final Path file;

    private Visit(String name, Path file) {
      this.name = name;
      this.file = file;
    }

    /** Notes that we are inside, and by which token. */
    void write(long token) throws IOException {
      var line = name + " " + token + "\n";
      Files.writeString(folder.resolve("journal"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void close() throws IOException {
      Files.delete(file);
    }
  }
}
