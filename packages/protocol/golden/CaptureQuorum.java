import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * Clients that make an ensemble's members send every kind of packet. Arguments: the addresses of a follower, of an observer and
 * of the leader, and the member to add.
 */
public class CaptureQuorum {
    public static void main(String[] args) throws Exception {
        System.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        Client follower = Capture.connect(args[0]);
        follower.addAuthInfo("digest", "user:secret".getBytes());
        follower.create("/a", new byte[] {1, 2, 3}, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        CountDownLatch synced = new CountDownLatch(1);
        follower.sync("/a", (code, path, context) -> synced.countDown(), null);
        synced.await();
        try {
            follower.setData("/a", new byte[0], 7);
        } catch (KeeperException.BadVersionException expected) { }
        Client closed = Capture.connect(args[0]);
        long closedId = closed.getSessionId();
        byte[] closedPassword = closed.getSessionPasswd();
        closed.close();
        resume(args[0], follower.getSessionId(), follower.getSessionPasswd(), Watcher.Event.KeeperState.SyncConnected);
        resume(args[0], closedId, closedPassword, Watcher.Event.KeeperState.Expired);
        Client observer = Capture.connect(args[1]);
        observer.create("/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        // Longer than the interval between two PING packets.
        Thread.sleep(1500);
        ZooKeeperAdmin admin = new ZooKeeperAdmin(args[2], 10_000, event -> { });
        admin.reconfigure(List.of(args[3]), null, null, -1, null);
        Thread.sleep(1500);
        System.exit(0);
    }

    static void resume(String address, long id, byte[] password, Watcher.Event.KeeperState state) throws Exception {
        LinkedBlockingQueue<Watcher.Event.KeeperState> states = new LinkedBlockingQueue<>();
        ZooKeeper resumed = new ZooKeeper(address, 10_000, event -> states.add(event.getState()), id, password);
        while (states.take() != state) { }
        // Leaves the session as it is: closing the client would close it.
    }
}
