import java.io.IOException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/** A client whose events can be awaited. */
class Client extends ZooKeeper {
    final LinkedBlockingQueue<WatchedEvent> events;

    Client(String address, int timeoutMs, boolean readOnly, LinkedBlockingQueue<WatchedEvent> events) throws Exception {
        super(address, timeoutMs, events::add, readOnly);
        this.events = events;
        await(Watcher.Event.KeeperState.SyncConnected);
    }

    Client(LinkedBlockingQueue<WatchedEvent> events, long sessionId, byte[] password) throws Exception {
        super(Capture.recorded, Capture.TIMEOUT_MS, events::add, sessionId, password);
        this.events = events;
    }

    Client(ZKClientConfig config, LinkedBlockingQueue<WatchedEvent> events) throws Exception {
        super(Capture.recorded, Capture.TIMEOUT_MS, events::add, false, config);
        this.events = events;
    }

    void await(Watcher.Event.KeeperState state) throws Exception {
        while (next().getState() != state) { }
    }

    WatchedEvent next() throws Exception {
        WatchedEvent event = events.poll(30, TimeUnit.SECONDS);
        if (event == null) throw new IOException("no event came");
        return event;
    }
}
