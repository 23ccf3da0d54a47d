import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.AddWatchRequest;
import org.apache.zookeeper.proto.CheckWatchesRequest;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.GetEphemeralsRequest;
import org.apache.zookeeper.proto.MultiHeader;
import org.apache.zookeeper.proto.RemoveWatchesRequest;
import org.apache.zookeeper.proto.RequestHeader;

/** The operations that came later, or that few use: each done, and each refused. */
class Extensions extends Capture {
    static void run() throws Exception {
        accessControl();
        containers();
        ownState();
        multiReads();
        persistentWatches();
        watchErrors();
        sasl();
        reconfiguration();
    }

    static void accessControl() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        step("create: persistent");
        zk.create("/shared", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("getACL: open");
        zk.getACL("/shared", new Stat());
        step("setACL: one version");
        Id alice = new Id("digest", "alice:cl1jMi9L3XSOaR9bEAZJXxMeSgI=");
        zk.setACL("/shared", Arrays.asList(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE), new ACL(Perms.ALL, alice)), 0);
        step("getACL: a digest, by a reader");
        zk.getACL("/shared", new Stat());
        fails("setACL, no permission", () -> zk.setACL("/shared", Ids.OPEN_ACL_UNSAFE, -1));
        fails("setACL, no node", () -> zk.setACL("/none", Ids.OPEN_ACL_UNSAFE, -1));
        fails("setACL, bad version", () -> zk.setACL("/b", Ids.OPEN_ACL_UNSAFE, 77));
        fails("setACL, invalid ACL", () -> zk.setACL("/b", Arrays.asList(new ACL(1, new Id("nobody", "x"))), -1));
        fails("getACL, no node", () -> zk.getACL("/none", new Stat()));
        fails("getACL, no permission", () -> zk.getACL("/private", new Stat()));
        step("setACL: any version");
        zk.setACL("/b", Ids.READ_ACL_UNSAFE, -1);
        zk.close();
    }

    static void containers() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        List<ACL> open = Ids.OPEN_ACL_UNSAFE;
        CreateMode ttl = CreateMode.PERSISTENT_WITH_TTL;
        long hour = 3_600_000;
        step("createContainer");
        zk.create("/container", "c".getBytes(), open, CreateMode.CONTAINER);
        step("createTTL");
        zk.create("/ttl", "t".getBytes(), open, ttl, new Stat(), hour);
        step("createTTL: sequential");
        zk.create("/container/s-", null, open, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, new Stat(), (1L << 40) - 1);
        step("exists: a container");
        zk.exists("/container", false);
        step("exists: a znode with TTL");
        zk.exists("/ttl", false);
        step("multi: createContainer, createTTL");
        zk.multi(List.of(
            Op.create("/m/container", null, open, CreateMode.CONTAINER),
            Op.create("/m/ttl-", new byte[0], open, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, hour)));
        step("multi: createContainer and createTTL fail");
        try {
            zk.multi(List.of(
                Op.create("/m/other", null, open, CreateMode.CONTAINER),
                Op.create("/ttl", null, open, ttl, hour)));
            throw new IllegalStateException("should fail");
        } catch (KeeperException.NodeExistsException expected) { }
        fails("createContainer, node exists", () -> zk.create("/container", null, open, CreateMode.CONTAINER));
        fails("createTTL, no parent", () -> zk.create("/none/x", null, open, ttl, new Stat(), hour));
        zk.close();
        try (Raw raw = new Raw()) {
            step("connect: a new session");
            raw.open(0, new byte[16], false);
            step("error: createTTL, too short");
            raw.ask(out -> {
                new RequestHeader(1, OpCode.createTTL).serialize(out, "header");
                new CreateTTLRequest("/x", null, open, ttl.toFlag(), 0).serialize(out, "request");
            });
            step("error: createTTL, too long");
            raw.ask(out -> {
                new RequestHeader(2, OpCode.createTTL).serialize(out, "header");
                new CreateTTLRequest("/x", null, open, ttl.toFlag(), 1L << 40).serialize(out, "request");
            });
        }
    }

    static void ownState() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        step("whoAmI: an address");
        zk.whoAmI();
        zk.addAuthInfo("digest", "alice:secret".getBytes());
        step("whoAmI: an address and a digest");
        zk.whoAmI();
        step("getEphemerals: none");
        zk.getEphemerals();
        step("create: ephemeral");
        zk.create("/a/mine", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        zk.create("/mine", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        step("getEphemerals: all");
        zk.getEphemerals();
        step("getEphemerals: by a prefix");
        zk.getEphemerals("/a/mi");
        step("getAllChildrenNumber: some");
        zk.getAllChildrenNumber("/a");
        step("getAllChildrenNumber: the whole tree");
        zk.getAllChildrenNumber("/");
        step("getAllChildrenNumber: none");
        zk.getAllChildrenNumber("/mine");
        fails("getAllChildrenNumber, no node", () -> zk.getAllChildrenNumber("/none"));
        fails("getAllChildrenNumber, no permission", () -> {
            Client stranger = connect(recorded);
            try {
                stranger.getAllChildrenNumber("/private");
            } finally {
                stranger.close();
            }
        });
        zk.close();
    }

    static void multiReads() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        step("multiRead: done and failed");
        zk.multi(List.of(
            Op.getData("/a"), Op.getChildren("/a"), Op.getData("/none"), Op.getChildren("/none"), Op.getData("/private"),
            Op.getData("/w"), Op.getChildren("/ttl")));
        zk.close();
        try (Raw raw = new Raw()) {
            step("connect: a new session");
            raw.open(0, new byte[16], false);
            step("multiRead: nothing");
            raw.ask(out -> {
                new RequestHeader(1, OpCode.multiRead).serialize(out, "header");
                new MultiHeader(-1, true, -1).serialize(out, "multi");
            });
            step("multiRead: its watch flag is ignored");
            raw.ask(out -> {
                new RequestHeader(2, OpCode.multiRead).serialize(out, "header");
                new MultiHeader(OpCode.getData, false, -1).serialize(out, "multi");
                new GetDataRequest("/a", true).serialize(out, "request");
                new MultiHeader(-1, true, -1).serialize(out, "multi");
            });
            step("error: checkWatches, a watch that multiRead did not leave");
            raw.ask(out -> {
                new RequestHeader(3, OpCode.checkWatches).serialize(out, "header");
                new CheckWatchesRequest("/a", Watcher.WatcherType.Any.getIntValue()).serialize(out, "request");
            });
            step("getEphemerals: a null prefix");
            raw.ask(out -> {
                new RequestHeader(4, OpCode.getEphemerals).serialize(out, "header");
                new GetEphemeralsRequest(null).serialize(out, "request");
            });
        }
    }

    static void persistentWatches() throws Exception {
        Client other = connect(direct);
        List<ACL> open = Ids.OPEN_ACL_UNSAFE;
        other.create("/r", null, open, CreateMode.PERSISTENT);
        step("connect: a new session");
        Client zk = connect(recorded);
        step("addWatch: persistent");
        zk.addWatch("/p", AddWatchMode.PERSISTENT);
        step("persistent watch: NodeCreated, NodeDataChanged, NodeChildrenChanged twice, NodeDeleted");
        other.create("/p", null, open, CreateMode.PERSISTENT);
        other.setData("/p", new byte[1], -1);
        other.create("/p/x", null, open, CreateMode.PERSISTENT);
        other.delete("/p/x", -1);
        other.delete("/p", -1);
        for (int i = 0; i < 5; i++) zk.next();
        step("addWatch: persistent recursive");
        zk.addWatch("/r", AddWatchMode.PERSISTENT_RECURSIVE);
        step("persistent recursive watch: NodeCreated twice, NodeDataChanged, NodeDeleted");
        other.create("/r/x", null, open, CreateMode.PERSISTENT);
        other.create("/r/x/y", null, open, CreateMode.PERSISTENT);
        other.setData("/r/x/y", new byte[1], -1);
        other.delete("/r/x/y", -1);
        for (int i = 0; i < 4; i++) zk.next();
        step("persistent watch: an own change, event before reply");
        zk.create("/p", null, open, CreateMode.PERSISTENT);
        zk.next();

        step("setWatches2: the connection is cut");
        zk.getData("/r", true, null);
        tell("cut");
        zk.await(Watcher.Event.KeeperState.Disconnected);
        other.setData("/r", new byte[2], -1);
        other.setData("/p", new byte[2], -1);
        step("setWatches2: the client comes back");
        tell("release");
        zk.await(Watcher.Event.KeeperState.SyncConnected);
        zk.next();
        step("setWatches2: persistent watches are there again");
        other.setData("/p", new byte[3], -1);
        zk.next();
        other.setData("/r/x", new byte[3], -1);
        zk.next();

        Watcher own = event -> { };
        step("addWatch: for one watcher");
        zk.addWatch("/own", own, AddWatchMode.PERSISTENT);
        step("checkWatches");
        zk.removeWatches("/own", own, Watcher.WatcherType.Any, false);
        step("removeWatches");
        zk.removeAllWatches("/p", Watcher.WatcherType.Any, false);
        step("getData: with a watch");
        zk.getData("/w/data", true, null);
        step("removeWatches: data watches only");
        zk.removeAllWatches("/w/data", Watcher.WatcherType.Data, false);
        zk.close();
        other.close();
    }

    static void watchErrors() throws Exception {
        try (Raw raw = new Raw()) {
            step("connect: a new session");
            raw.open(0, new byte[16], false);
            step("error: checkWatches, no watcher");
            raw.ask(out -> {
                new RequestHeader(1, OpCode.checkWatches).serialize(out, "header");
                new CheckWatchesRequest("/a", Watcher.WatcherType.Children.getIntValue()).serialize(out, "request");
            });
            step("error: removeWatches, no watcher");
            raw.ask(out -> {
                new RequestHeader(2, OpCode.removeWatches).serialize(out, "header");
                new RemoveWatchesRequest("/a", Watcher.WatcherType.Data.getIntValue()).serialize(out, "request");
            });
            step("error: removeWatches, a type of 3.9");
            raw.ask(out -> {
                new RequestHeader(3, OpCode.removeWatches).serialize(out, "header");
                new RemoveWatchesRequest("/a", 4).serialize(out, "request");
            });
            step("error: addWatch, no mode");
            raw.ask(out -> {
                new RequestHeader(4, OpCode.addWatch).serialize(out, "header");
                new AddWatchRequest("/a", 7).serialize(out, "request");
            });
            step("addWatch: where no znode is");
            raw.ask(out -> {
                new RequestHeader(5, OpCode.addWatch).serialize(out, "header");
                new AddWatchRequest("/none", AddWatchMode.PERSISTENT_RECURSIVE.getMode()).serialize(out, "request");
            });
        }
    }

    static void sasl() throws Exception {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "true");
        step("sasl: DIGEST-MD5");
        Client zk = new Client(config, new LinkedBlockingQueue<>());
        zk.await(Watcher.Event.KeeperState.SaslAuthenticated);
        step("whoAmI: an address and SASL");
        zk.whoAmI();
        zk.close();
        config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, "Wrong");
        step("error: sasl, a wrong password");
        Client wrong = new Client(config, new LinkedBlockingQueue<>());
        wrong.await(Watcher.Event.KeeperState.AuthFailed);
        wrong.close();
    }

    static void reconfiguration() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        ZooKeeperAdmin alone = admin();
        fails("reconfig, disabled", () -> alone.reconfigure("server.2=127.0.0.1:1:2:observer", null, null, -1, null));
        alone.close();
        zk.close();
        tell("ensemble");
        step("connect: a new session");
        ZooKeeperAdmin admin = admin();
        step("getData: the configuration");
        admin.getConfig(false, new Stat());
        step("reconfig: a server joins");
        admin.reconfigure("server.2=127.0.0.1:1:2:observer;127.0.0.1:3", null, null, -1, new Stat());
        step("reconfig: a server leaves");
        admin.reconfigure(null, "2", null, -1, new Stat());
        fails("reconfig, another version", () -> admin.reconfigure(null, "2", null, 77, null));
        fails("reconfig, bad arguments", () -> admin.reconfigure("server.2=nonsense", null, null, -1, null));
        fails("reconfig, no quorum", () -> admin.reconfigure(null, null, "server.2=127.0.0.1:1:2;127.0.0.1:3", -1, null));
        admin.close();
    }

    static ZooKeeperAdmin admin() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeperAdmin admin = new ZooKeeperAdmin(recorded, TIMEOUT_MS, event -> connected.countDown());
        connected.await();
        return admin;
    }
}
