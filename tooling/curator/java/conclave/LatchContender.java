package conclave;

import java.util.Collection;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.Participant;

/** Candidate of a LeaderLatch. Each campaign uses a new latch. */
final class LatchContender extends Contender {
  private final String path;
  private final String id;
  private LeaderLatch latch;

  LatchContender(CuratorFramework client, String path, String id) {
    super(client);
    this.path = path;
    this.id = id;
    latch = new LeaderLatch(client, path, id);
  }

  @Override
  void acquire() throws Exception {
    latch = new LeaderLatch(client, path, id);
    latch.start();
    latch.await();
  }

  @Override
  void release() throws Exception {
    latch.close();
  }

  @Override
  String znodePath() {
    return latch.getOurPath();
  }

  @Override
  Collection<String> participants() throws Exception {
    return latch.getParticipants().stream().map(Participant::getId).toList();
  }
}
