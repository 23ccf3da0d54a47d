package bench;

import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;

/** Contenders for one mutex, each with its own session and thread, that release it as soon as they hold it. */
final class HandOvers {
  private final Sessions sessions;

  HandOvers(Sessions sessions) {
    this.sessions = sessions;
  }

  Map<String, ? extends Number> run(Map<String, String> fields) throws Exception {
    var count = new AtomicLong();
    var isOver = new AtomicBoolean();
    var failure = new AtomicReference<Exception>();
    var threads = new ArrayList<Thread>();
    for (var client : sessions.of(fields.get("server"), Integer.parseInt(fields.get("sessions")))) {
      var mutex = new InterProcessMutex(client, fields.get("path"));
      var thread =
          new Thread(
              () -> {
                try {
                  while (!isOver.get()) {
                    mutex.acquire();
                    count.incrementAndGet();
                    mutex.release();
                  }
                } catch (Exception error) {
                  failure.set(error);
                }
              });
      thread.start();
      threads.add(thread);
    }
    Thread.sleep(Long.parseLong(fields.get("warmMs")));
    var before = count.get();
    var usage = new Usage();
    Thread.sleep(Long.parseLong(fields.get("forMs")));
    var result = usage.until(count.get() - before);
    isOver.set(true);
    for (var thread : threads) thread.join();
    if (failure.get() != null) throw failure.get();
    return result;
  }
}
