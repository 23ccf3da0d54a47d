package conclave;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;

/** Contender for a lock or a permit, or candidate of an election. */
abstract class Contender implements Recipe {
  final CuratorFramework client;

  Contender(CuratorFramework client) {
    this.client = client;
  }

  /** Blocks until it is granted. */
  abstract void acquire() throws Exception;

  abstract void release() throws Exception;

  /** Returns the path of the znode of the current grant. */
  abstract String znodePath() throws Exception;

  /** Returns the identities of all participants, in the order of the wait queue. */
  abstract Collection<String> participants() throws Exception;

  @Override
  public List<?> call(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "acquire":
        acquire();
        return List.of(token());
      case "release":
        release();
        return List.of();
      case "participants":
        return List.copyOf(participants());
      case "enter":
        return enter(Integer.parseInt(arguments.get(0)), new CriticalSection(Path.of(arguments.get(1))), arguments.get(2), arguments.get(3));
      case "close":
        client.close();
        return List.of();
      default:
        throw Recipe.unknown(verb);
    }
  }

  /** Returns the fencing token as Conclave defines it: the czxid, which is larger for each later holder. */
  private long token() throws Exception {
    return client.checkExists().forPath(znodePath()).getCzxid();
  }

  /** Enters the critical section `times` times, each time with a new grant. */
  private List<?> enter(int times, CriticalSection section, String name, String limit) throws Exception {
    for (int done = 0; done < times; done++) {
      acquire();
      try (var entry = section.enter(name, limit)) {
        entry.record(token());
      }
      release();
    }
    return List.of();
  }

  /** Returns the data of the znodes as text. */
  List<String> texts(Collection<String> paths) throws Exception {
    var texts = new ArrayList<String>();
    for (var path : paths) texts.add(new String(client.getData().forPath(path), StandardCharsets.UTF_8));
    return texts;
  }
}
