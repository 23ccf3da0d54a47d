package conclave;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;

/** Somebody who stands in the line of a lock, a semaphore or an election. */
abstract class Contender implements Part {
  final CuratorFramework client;

  Contender(CuratorFramework client) {
    this.client = client;
  }

  /** Waits until it is ours. */
  abstract void acquire() throws Exception;

  abstract void release() throws Exception;

  /** The path of the znode by which we hold it. */
  abstract String node() throws Exception;

  /** Who stands in line, first in line first: what each calls itself. */
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
        return enter(Integer.parseInt(arguments.get(0)), new Room(Path.of(arguments.get(1))), arguments.get(2), arguments.get(3));
      case "close":
        client.close();
        return List.of();
      default:
        throw Part.unknown(verb);
    }
  }

  /** What a fencing token is with Conclave: larger for each later holder. */
  private long token() throws Exception {
    return client.checkExists().forPath(node()).getCzxid();
  }

  /** Goes into the room so often, each time as a holder. */
  private List<?> enter(int times, Room room, String name, String rule) throws Exception {
    for (int done = 0; done < times; done++) {
      acquire();
      try (var inside = room.enter(name, rule)) {
        inside.write(token());
      }
      release();
    }
    return List.of();
  }

  /** The data of znodes, as text. */
  List<String> texts(Collection<String> paths) throws Exception {
    var texts = new ArrayList<String>();
    for (var path : paths) texts.add(new String(client.getData().forPath(path), StandardCharsets.UTF_8));
    return texts;
  }
}
