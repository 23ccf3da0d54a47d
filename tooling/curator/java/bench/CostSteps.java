package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicValue;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;

/** Recipes in single steps, so that the bench can count the requests of each step. */
final class CostSteps {
  interface Step {
    void run() throws Exception;
  }

  private final Sessions sessions;
  /** One thread for each of three participants: a lock belongs to the thread that acquired it. */
  private final ExecutorService[] threads = {
    Executors.newSingleThreadExecutor(), Executors.newSingleThreadExecutor(), Executors.newSingleThreadExecutor()
  };
  private CuratorFramework a;
  private CuratorFramework b;
  private CuratorFramework c;
  private Map<String, Step> steps = Map.of();
  private Future<?> waiting;

  CostSteps(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Opens the sessions of the three participants, each through its own connect string. */
  Map<String, Integer> open(Map<String, String> fields) throws Exception {
    a = sessions.connect(fields.get("a"), 30_000);
    b = sessions.connect(fields.get("b"), 30_000);
    c = sessions.connect(fields.get("c"), 30_000);
    return Map.of();
  }

  /** Creates a recipe and uses it once, so that its parent znodes exist. */
  Map<String, Integer> begin(String recipe, String path) throws Exception {
    steps = make(recipe, path);
    return Map.of();
  }

  Map<String, Integer> run(String step) throws Exception {
    steps.get(step).run();
    return Map.of();
  }

  private Map<String, Step> make(String recipe, String path) throws Exception {
    switch (recipe) {
      case "mutex":
        return lock(new InterProcessMutex(a, path));
      case "mutex-queue":
        return waitQueue(new InterProcessMutex(a, path), new InterProcessMutex(b, path));
      case "read-lock":
        return lock(new InterProcessReadWriteLock(a, path).readLock());
      case "write-lock":
        return lock(new InterProcessReadWriteLock(a, path).writeLock());
      case "semaphore":
        return semaphore(new InterProcessSemaphoreV2(a, path, 2));
      case "election":
        return election(path);
      case "election-queue":
        return electionQueue(path);
      case "barrier":
        return Map.of("pass", () -> new DistributedBarrier(a, path).waitOnBarrier());
      case "barrier-wait":
        return barrierWait(path);
      case "double-barrier":
        return doubleBarrier(path);
      case "counter":
        return counter(new DistributedAtomicLong(a, path, new RetryOneTime(1)));
      case "value":
        return value(new DistributedAtomicValue(a, path, new RetryOneTime(1)));
      case "group":
        return group(path);
      default:
        throw new IllegalArgumentException("unknown recipe: " + recipe);
    }
  }

  private Map<String, Step> lock(InterProcessLock lock) throws Exception {
    lock.acquire();
    lock.release();
    return Map.of("acquire", lock::acquire, "release", lock::release);
  }

  private Map<String, Step> waitQueue(InterProcessLock first, InterProcessLock second) throws Exception {
    first.acquire();
    return waiterSteps(second::acquire, first::release);
  }

  private Map<String, Step> semaphore(InterProcessSemaphoreV2 semaphore) throws Exception {
    semaphore.returnLease(semaphore.acquire());
    var held = new ArrayList<Lease>();
    return Map.of("acquire", () -> held.add(semaphore.acquire()), "release", () -> semaphore.returnLease(held.remove(0)));
  }

  private Map<String, Step> election(String path) throws Exception {
    var latches = new ArrayList<LeaderLatch>();
    Step win = () -> latches.add(lead(new LeaderLatch(a, path, "a")));
    Step resign = () -> latches.remove(0).close();
    win.run();
    resign.run();
    return Map.of("win", win, "resign", resign);
  }

  private Map<String, Step> electionQueue(String path) throws Exception {
    var first = lead(new LeaderLatch(a, path, "a"));
    var second = new LeaderLatch(b, path, "b");
    return waiterSteps(() -> lead(second), first::close);
  }

  private static LeaderLatch lead(LeaderLatch latch) throws Exception {
    latch.start();
    latch.await();
    return latch;
  }

  private Map<String, Step> barrierWait(String path) throws Exception {
    var own = new DistributedBarrier(a, path);
    own.setBarrier();
    return waiterSteps(() -> new DistributedBarrier(b, path).waitOnBarrier(), own::removeBarrier);
  }

  /** Returns two steps. `join`: the second participant starts to wait. `win`: the first unblocks it and waits for it. */
  private Map<String, Step> waiterSteps(Step join, Step unblock) {
    return Map.of(
        "join", () -> waiting = threads[1].submit(asCallable(join)),
        "win",
            () -> {
              unblock.run();
              waiting.get();
            });
  }

  private Map<String, Step> doubleBarrier(String path) throws Exception {
    var barriers = new ArrayList<DistributedDoubleBarrier>();
    for (var client : List.of(a, b, c)) barriers.add(new DistributedDoubleBarrier(client, path, 3));
    Step enter = () -> together(barriers.stream().map(barrier -> asCallable(barrier::enter)).toArray(Callable[]::new));
    Step leave = () -> together(barriers.stream().map(barrier -> asCallable(barrier::leave)).toArray(Callable[]::new));
    enter.run();
    leave.run();
    return Map.of("enter", enter, "leave", leave);
  }

  private Map<String, Step> counter(DistributedAtomicLong counter) throws Exception {
    counter.increment();
    return Map.of("add", counter::increment);
  }

  private Map<String, Step> value(DistributedAtomicValue value) throws Exception {
    var first = new byte[] {1};
    var second = new byte[] {2};
    value.forceSet(first);
    return Map.of(
        "set", () -> value.forceSet(first),
        "update", () -> value.trySet(first),
        "compareAndSet", () -> value.compareAndSet(first, second));
  }

  private Map<String, Step> group(String path) throws Exception {
    var members = new ArrayList<PersistentNode>();
    Step join =
        () -> {
          var member = new PersistentNode(a, CreateMode.EPHEMERAL, false, path + "/a", new byte[] {1});
          members.add(member);
          member.start();
          if (!member.waitForInitialCreate(10, TimeUnit.SECONDS)) throw new IllegalStateException("no znode");
        };
    Step leave = () -> members.remove(0).close();
    join.run();
    leave.run();
    return Map.of("join", join, "leave", leave);
  }

  private void together(Callable<?>... steps) throws Exception {
    var futures = new ArrayList<Future<?>>();
    for (int index = 0; index < steps.length; index++) futures.add(threads[index].submit(steps[index]));
    for (var future : futures) future.get();
  }

  private static Callable<Void> asCallable(Step step) {
    return () -> {
      step.run();
      return null;
    };
  }
}
