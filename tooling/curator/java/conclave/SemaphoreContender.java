package conclave;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.utils.ZKPaths;

/** Contender for one permit at a time of an InterProcessSemaphoreV2, which calls permits leases. */
final class SemaphoreContender extends Contender {
  private final InterProcessSemaphoreV2 semaphore;
  private final String leases;
  private Lease lease;

  SemaphoreContender(CuratorFramework client, String path, int permits, String id) {
    super(client);
    semaphore = new InterProcessSemaphoreV2(client, path, permits);
    semaphore.setNodeData(id.getBytes(StandardCharsets.UTF_8));
    leases = ZKPaths.makePath(path, "leases");
  }

  @Override
  void acquire() throws Exception {
    lease = semaphore.acquire();
  }

  @Override
  void release() {
    semaphore.returnLease(lease);
  }

  @Override
  String znodePath() {
    return ZKPaths.makePath(leases, lease.getNodeName());
  }

  /** Returns the identities of the holders, in no order. */
  @Override
  Collection<String> participants() throws Exception {
    return texts(semaphore.getParticipantNodes().stream().map(name -> ZKPaths.makePath(leases, name)).toList());
  }
}
