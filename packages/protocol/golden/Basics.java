import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.MultiHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** Handshakes, the operations that every client knows, and one-shot watches. */
class Basics extends Capture {
    static void run() throws Exception {
        handshakes();
        operations();
        multis();
        errors();
        watches();
        authentication();
        pings();
    }

    static void handshakes() throws Exception {
        byte[] none = new byte[16];
        long sessionId;
        byte[] password = new byte[16];
        try (Raw raw = new Raw()) {
            step("connect: a new session, without the readOnly byte");
            java.nio.ByteBuffer reply = java.nio.ByteBuffer.wrap(raw.open(0, none, null));
            sessionId = reply.getLong(8);
            reply.position(20);
            reply.get(password);
        }
        try (Raw raw = new Raw()) {
            step("connect: re-attach, without the readOnly byte");
            raw.open(sessionId, password, null);
        }
        try (Raw raw = new Raw()) {
            step("connect: re-attach, with the readOnly byte");
            raw.open(sessionId, password, false);
            step("closeSession");
            raw.ask(out -> new RequestHeader(1, OpCode.closeSession).serialize(out, "header"));
        }
        try (Raw raw = new Raw()) {
            step("connect: an expired session, without the readOnly byte");
            raw.open(sessionId, password, null);
        }
        step("connect: an expired session");
        Client expired = new Client(new LinkedBlockingQueue<>(), sessionId, password);
        expired.await(Watcher.Event.KeeperState.Expired);
        expired.close();
        step("connect: a new session whose client also takes a read-only server");
        new Client(recorded, TIMEOUT_MS, true, new LinkedBlockingQueue<>()).close();
    }

    static void operations() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        Stat stat = new Stat();
        step("create: persistent");
        zk.create("/a", "data".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: null data");
        zk.create("/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: empty data");
        zk.create("/empty", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: ephemeral");
        zk.create("/a/ephemeral", new byte[] {1, 2, 3}, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        step("create: persistent sequential");
        zk.create("/a/s-", new byte[300], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL);
        step("create: ephemeral sequential");
        zk.create("/a/es-", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
        step("create: a path beyond ASCII");
        zk.create("/a/\u00fcber-\u4f60\u597d", "gr\u00fc\u00df".getBytes(StandardCharsets.UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: a name that starts with U+FEFF");
        zk.create("/a/\ufeffmark", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: a long path");
        String longPath = "/a/" + "long-".repeat(30) + "\u00e9";
        zk.create(longPath, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("create: two ACL entries");
        zk.create("/acl", null,
            Arrays.asList(new ACL(Perms.READ | Perms.ADMIN, Ids.ANYONE_ID_UNSAFE), new ACL(Perms.ALL, new Id("digest", "bob:x="))),
            CreateMode.PERSISTENT);
        step("create: an ACL with a surrogate pair");
        zk.create("/pair", null, Arrays.asList(new ACL(Perms.ALL, new Id("digest", "b\ud83d\ude00b:x="))), CreateMode.PERSISTENT);
        step("create2: persistent");
        zk.create("/b", "b".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
        step("create2: ephemeral sequential");
        zk.create("/b/es-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL, stat);
        step("setData: any version");
        zk.setData("/a", "more data".getBytes(), -1);
        step("setData: one version");
        zk.setData("/a", "again".getBytes(), 1);
        step("setData: null data");
        zk.setData("/b", null, -1);
        step("exists: found");
        zk.exists("/a", false);
        step("exists: found, an ephemeral");
        zk.exists("/a/ephemeral", false);
        step("exists: not found");
        zk.exists("/none", false);
        step("getData: data");
        zk.getData("/a", false, stat);
        step("getData: null data");
        zk.getData("/null", false, stat);
        step("getData: empty data");
        zk.getData("/empty", false, stat);
        step("getChildren: some");
        zk.getChildren("/a", false);
        step("getChildren: none");
        zk.getChildren("/null", false);
        step("getChildren2: some");
        zk.getChildren("/a", false, stat);
        step("getChildren2: none");
        zk.getChildren("/null", false, stat);
        step("sync");
        CountDownLatch synced = new CountDownLatch(1);
        zk.sync("/a", (rc, path, ctx) -> synced.countDown(), null);
        synced.await();
        step("delete: any version");
        zk.delete("/null", -1);
        step("delete: one version");
        zk.delete("/empty", 0);
        step("closeSession");
        zk.close();
    }

    static void multis() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        step("multi: create, setData, check, delete");
        zk.multi(List.of(
            Op.create("/m", "one".getBytes(), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create("/m/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL),
            Op.setData("/m", "two".getBytes(), 0),
            Op.check("/m", 1),
            Op.create("/m/gone", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.delete("/m/gone", 0)));
        step("multi: fails in the middle");
        try {
            zk.multi(List.of(
                Op.create("/m/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                Op.check("/m", 7),
                Op.delete("/m", -1),
                Op.setData("/m", null, -1)));
            throw new IllegalStateException("should fail");
        } catch (KeeperException.BadVersionException expected) { }
        zk.close();
        try (Raw raw = new Raw()) {
            step("connect: a new session");
            raw.open(0, new byte[16], false);
            step("multi: create2");
            raw.ask(out -> {
                new RequestHeader(1, OpCode.multi).serialize(out, "header");
                new MultiHeader(OpCode.create2, false, -1).serialize(out, "multi");
                new CreateRequest("/m/two", "2".getBytes(), Ids.OPEN_ACL_UNSAFE, 0).serialize(out, "request");
                new MultiHeader(OpCode.setData, false, -1).serialize(out, "multi");
                Op.setData("/m/two", null, -1).toRequestRecord().serialize(out, "request");
                new MultiHeader(-1, true, -1).serialize(out, "multi");
            });
            step("multi: nothing");
            raw.ask(out -> {
                new RequestHeader(2, OpCode.multi).serialize(out, "header");
                new MultiHeader(-1, true, -1).serialize(out, "multi");
            });
            step("closeSession");
            raw.ask(out -> new RequestHeader(3, OpCode.closeSession).serialize(out, "header"));
        }
    }

    static void errors() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        List<ACL> open = Ids.OPEN_ACL_UNSAFE;
        fails("create, node exists", () -> zk.create("/a", null, open, CreateMode.PERSISTENT));
        fails("create, no parent", () -> zk.create("/none/x", null, open, CreateMode.PERSISTENT));
        fails("create2, node exists", () -> zk.create("/a", null, open, CreateMode.PERSISTENT, new Stat()));
        zk.create("/e", null, open, CreateMode.EPHEMERAL);
        fails("create, below an ephemeral", () -> zk.create("/e/x", null, open, CreateMode.PERSISTENT));
        fails("create, invalid ACL", () -> zk.create("/x", null, Arrays.asList(new ACL(1, new Id("nobody", "x"))), CreateMode.PERSISTENT));
        fails("delete, not empty", () -> zk.delete("/a", -1));
        fails("delete, bad version", () -> zk.delete("/a", 77));
        fails("setData, bad version", () -> zk.setData("/a", null, 77));
        fails("getData, no node", () -> zk.getData("/none", false, null));
        fails("getChildren, no node", () -> zk.getChildren("/none", false));
        fails("getChildren2, no node", () -> zk.getChildren("/none", false, new Stat()));
        fails("create, no permission", () -> zk.create("/acl/x", null, open, CreateMode.PERSISTENT));
        zk.close();
        try (Raw raw = new Raw()) {
            step("connect: a new session");
            raw.open(0, new byte[16], false);
            step("error: an operation that nobody knows");
            raw.ask(out -> new RequestHeader(1, 999).serialize(out, "header"));
        }
    }

    static void watches() throws Exception {
        Client other = connect(direct);
        for (String path : List.of("/w", "/w/data", "/w/child", "/w/deleted", "/w/untouched")) {
            other.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        }
        step("connect: a new session");
        Client zk = connect(recorded);
        step("watch: NodeCreated");
        zk.exists("/w/new", true);
        other.create("/w/new", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.next();
        step("watch: NodeDataChanged");
        zk.getData("/w/new", true, null);
        other.setData("/w/new", new byte[1], -1);
        zk.next();
        step("watch: NodeChildrenChanged");
        zk.getChildren("/w/child", true);
        other.create("/w/child/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        zk.next();
        step("watch: NodeChildrenChanged, by getChildren2");
        zk.getChildren("/w/child", true, new Stat());
        other.delete("/w/child/x", -1);
        zk.next();
        step("watch: NodeDeleted");
        zk.exists("/w/new", true);
        other.delete("/w/new", -1);
        zk.next();
        step("watch: an own change, event before reply");
        zk.getData("/w/data", true, null);
        zk.setData("/w/data", new byte[2], -1);
        zk.next();

        step("setWatches: watches are left, then the connection is cut");
        zk.exists("/w/later", true);
        zk.exists("/w/untouched", true);
        zk.getData("/w/data", true, null);
        zk.getData("/w/deleted", true, null);
        zk.getData("/w/untouched", true, null);
        zk.getChildren("/w/child", true);
        zk.getChildren("/w/untouched", true);
        tell("cut");
        zk.await(Watcher.Event.KeeperState.Disconnected);
        other.create("/w/later", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        other.setData("/w/data", new byte[3], -1);
        other.delete("/w/deleted", -1);
        other.create("/w/child/y", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        step("setWatches: the client comes back");
        tell("release");
        zk.await(Watcher.Event.KeeperState.SyncConnected);
        for (int missed = 0; missed < 4; missed++) zk.next();
        step("setWatches: what did not change is still watched");
        other.setData("/w/untouched", new byte[1], -1);
        zk.next();
        zk.close();
        other.close();
    }

    static void authentication() throws Exception {
        step("connect: a new session");
        Client zk = connect(recorded);
        step("auth: digest");
        zk.addAuthInfo("digest", "alice:secret".getBytes());
        step("create: for its creator only");
        zk.create("/private", "p".getBytes(), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        step("getData: with permission");
        zk.getData("/private", false, null);
        zk.close();
        step("connect: a new session");
        Client stranger = connect(recorded);
        fails("getData, no permission", () -> stranger.getData("/private", false, null));
        step("auth: refused");
        stranger.addAuthInfo("nobody-knows", "alice:secret".getBytes());
        stranger.await(Watcher.Event.KeeperState.AuthFailed);
        stranger.close();
    }

    static void pings() throws Exception {
        step("ping");
        Client zk = new Client(recorded, 1_500, false, new LinkedBlockingQueue<>());
        Thread.sleep(1_200);
        step("closeSession");
        zk.close();
    }
}
