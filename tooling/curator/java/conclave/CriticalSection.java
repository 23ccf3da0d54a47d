package conclave;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Folder that represents the guarded resource: each holder creates a file in it, then reads the names of the others' files. Of
 * any two concurrent holders, one therefore sees the other. Uses the same file names as `critical-section.ts`.
 */
final class CriticalSection {
  private final Path folder;

  CriticalSection(Path folder) {
    this.folder = folder;
  }

  /** Throws if the limit of any holder is exceeded. The limit is `exclusive`, or the number of holders allowed together. */
  Entry enter(String name, String limit) throws IOException {
    var file = Files.createFile(folder.resolve(limit + " " + name + " " + UUID.randomUUID()));
    try (var files = Files.list(folder)) {
      var holders = files.map(each -> each.getFileName().toString()).filter(each -> !each.equals("journal")).toList();
      var most = limit.equals("exclusive") ? 1 : Integer.parseInt(limit);
      var isShared = holders.size() > 1 && holders.stream().anyMatch(each -> each.startsWith("exclusive "));
      if (isShared || holders.size() > most) throw new IllegalStateException("too many holders in the critical section: " + holders);
    }
    return new Entry(name, file);
  }

  final class Entry implements AutoCloseable {
    private final String name;
    private final Path file;

    private Entry(String name, Path file) {
      this.name = name;
      this.file = file;
    }

    /** Records this entry, with the fencing token of its holder. */
    void record(long token) throws IOException {
      var line = name + " " + token + "\n";
      Files.writeString(folder.resolve("journal"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void close() throws IOException {
      Files.delete(file);
    }
  }
}
