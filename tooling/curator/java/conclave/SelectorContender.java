package conclave;

import java.util.Collection;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;
import org.apache.curator.utils.ZKPaths;

/** Candidate of a LeaderSelector. Each campaign uses a new selector. */
final class SelectorContender extends Contender {
  private final String path;
  private final String id;
  private ExecutorService thread;
  private LeaderSelector selector;
  private CountDownLatch leads;
  private CountDownLatch ends;

  SelectorContender(CuratorFramework client, String path, String id) {
    super(client);
    this.path = path;
    this.id = id;
  }

  @Override
  void acquire() throws Exception {
    leads = new CountDownLatch(1);
    ends = new CountDownLatch(1);
    thread = Executors.newSingleThreadExecutor();
    selector = new LeaderSelector(client, path, thread, new LeaderSelectorListenerAdapter() {
      @Override
      public void takeLeadership(CuratorFramework client) throws Exception {
        leads.countDown();
        ends.await();
      }
    });
    selector.setId(id);
    selector.start();
    leads.await();
  }

  @Override
  void release() throws Exception {
    ends.countDown();
    // The thread releases the lock before it ends. Closing the selector earlier would interrupt it.
    thread.shutdown();
    thread.awaitTermination(60, TimeUnit.SECONDS);
    selector.close();
  }

  /** Returns the first znode of the wait queue, which is the leader's. Curator does not expose the path of its own znode. */
  @Override
  String znodePath() throws Exception {
    var first = client.getChildren().forPath(path).stream()
        .min(Comparator.comparing((String name) -> name.substring(name.lastIndexOf('-'))));
    return ZKPaths.makePath(path, first.orElseThrow());
  }

  @Override
  Collection<String> participants() throws Exception {
    return selector.getParticipants().stream().map(Participant::getId).toList();
  }
}
