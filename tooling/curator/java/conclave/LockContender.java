package conclave;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock.ReadLock;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock.WriteLock;
import org.apache.curator.framework.recipes.locks.Revoker;

/** Contender for an InterProcessMutex, or for one side of an InterProcessReadWriteLock. */
final class LockContender extends Contender {
  private final InterProcessMutex lock;
  private final Supplier<String> znodePath;
  private final CountDownLatch revocation = new CountDownLatch(1);

  private LockContender(CuratorFramework client, InterProcessMutex lock, Supplier<String> znodePath) {
    super(client);
    this.lock = lock;
    this.znodePath = znodePath;
  }

  static LockContender mutex(CuratorFramework client, String path, String id) {
    var lock = new VisibleMutex(client, path, bytes(id));
    return new LockContender(client, lock, lock::getLockPath);
  }

  static LockContender reader(CuratorFramework client, String path, String id) {
    var lock = new VisibleReadLock(client, path, bytes(id));
    return new LockContender(client, lock, lock::getLockPath);
  }

  static LockContender writer(CuratorFramework client, String path, String id) {
    var lock = new VisibleWriteLock(client, path, bytes(id));
    return new LockContender(client, lock, lock::getLockPath);
  }

  @Override
  void acquire() throws Exception {
    lock.acquire();
  }

  @Override
  void release() throws Exception {
    lock.release();
  }

  @Override
  String znodePath() {
    return znodePath.get();
  }

  @Override
  Collection<String> participants() throws Exception {
    return texts(lock.getParticipantNodes());
  }

  @Override
  public List<?> call(String verb, List<String> arguments) throws Exception {
    switch (verb) {
      case "makeRevocable":
        lock.makeRevocable(requested -> revocation.countDown(), Runnable::run);
        return List.of();
      case "awaitRevocation":
        revocation.await();
        return List.of();
      case "revoke":
        Revoker.attemptRevoke(client, lock.getParticipantNodes().iterator().next());
        return List.of();
      default:
        return super.call(verb, arguments);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // The path of the znode and its data are accessible in subclasses only.

  private static final class VisibleMutex extends InterProcessMutex {
    private final byte[] data;

    VisibleMutex(CuratorFramework client, String path, byte[] data) {
      super(client, path);
      this.data = data;
    }

    @Override
    protected byte[] getLockNodeBytes() {
      return data;
    }

    @Override
    protected String getLockPath() {
      return super.getLockPath();
    }
  }

  private static final class VisibleReadLock extends ReadLock {
    VisibleReadLock(CuratorFramework client, String path, byte[] data) {
      super(client, path, data, new WriteLock(client, path, data));
    }

    @Override
    protected String getLockPath() {
      return super.getLockPath();
    }
  }

  private static final class VisibleWriteLock extends WriteLock {
    VisibleWriteLock(CuratorFramework client, String path, byte[] data) {
      super(client, path, data);
    }

    @Override
    protected String getLockPath() {
      return super.getLockPath();
    }
  }
}
