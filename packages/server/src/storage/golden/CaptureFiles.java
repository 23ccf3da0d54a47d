import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.jute.Record;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.data.StatPersisted;
import org.apache.zookeeper.server.ByteBufferInputStream;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileSnap;
import org.apache.zookeeper.server.persistence.FileTxnLog;
import org.apache.zookeeper.server.persistence.SnapStream;
import org.apache.zookeeper.server.persistence.TxnLog.TxnIterator;
import org.apache.zookeeper.txn.CheckVersionTxn;
import org.apache.zookeeper.txn.CloseSessionTxn;
import org.apache.zookeeper.txn.CreateContainerTxn;
import org.apache.zookeeper.txn.CreateSessionTxn;
import org.apache.zookeeper.txn.CreateTTLTxn;
import org.apache.zookeeper.txn.CreateTxn;
import org.apache.zookeeper.txn.DeleteTxn;
import org.apache.zookeeper.txn.ErrorTxn;
import org.apache.zookeeper.txn.MultiTxn;
import org.apache.zookeeper.txn.SetACLTxn;
import org.apache.zookeeper.txn.SetDataTxn;
import org.apache.zookeeper.txn.Txn;
import org.apache.zookeeper.txn.TxnDigest;
import org.apache.zookeeper.txn.TxnHeader;

/**
 * "write FOLDER": lets a real server write logs and snapshots into FOLDER/version-2. "describe FOLDER": prints as JSON
 * what Java's own readers find in the files there, whoever wrote them.
 */
public class CaptureFiles {
    public static void main(String[] args) throws Exception {
        File folder = new File(args[1]);
        try {
            if (args[0].equals("write")) write(folder);
            else System.out.println(describe(new File(folder, "version-2")));
        } catch (Exception failure) {
            failure.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }

    static void write(File folder) throws Exception {
        ZooKeeperServer server = new ZooKeeperServer(folder, folder, 2000);
        NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
        factory.configure(new java.net.InetSocketAddress("127.0.0.1", 0), 60);
        factory.startup(server);
        String address = "127.0.0.1:" + factory.getLocalPort();
        ZooKeeper first = connect(address);
        ZooKeeper second = connect(address);
        List<ACL> alice = Arrays.asList(
            new ACL(Perms.ALL, new Id("digest", "alice:+7K83PhyQ3ijGj0ADmljf0quVwQ=")),
            new ACL(Perms.ALL ^ Perms.ADMIN, Ids.ANYONE_ID_UNSAFE));

        first.create("/a", bytes("hello"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        first.create("/a/s-", bytes("one"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL);
        first.create("/a/s-", bytes("two"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL, new Stat());
        first.create("/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        first.create("/empty", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        first.create("/uni\u00e9\u4e2d", bytes("x"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        first.create("/container", bytes("c"), Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
        first.create("/ttl", bytes("t"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, new Stat(), 3_600_000);
        first.create("/private", bytes("p"), alice, CreateMode.PERSISTENT);
        first.create("/e", bytes("mine"), Ids.READ_ACL_UNSAFE, CreateMode.EPHEMERAL);
        second.create("/e-second", bytes("theirs"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        first.setData("/a", bytes("bye"), 0);
        first.setData("/a", null, -1);
        first.setACL("/a", alice, -1);
        first.delete("/a/s-0000000000", -1);
        refused(() -> first.delete("/nothing", -1));
        refused(() -> first.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        server.takeSnapshot();

        first.multi(List.of(
            Op.check("/a", 2),
            Op.create("/a/m", bytes("m"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create("/a/m/e", bytes("e"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL),
            Op.create("/a/m/c", bytes("c"), Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
            Op.setData("/a/m", bytes("mm"), 0),
            Op.delete("/a/s-0000000001", 0)));
        refused(() -> first.multi(List.of(
            Op.create("/a/n", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.delete("/nothing", -1),
            Op.setData("/a", null, -1))));
        second.close();
        // Left open: the snapshot has a session and its ephemerals.
        SnapStream.setStreamMode(SnapStream.StreamMode.GZIP);
        server.takeSnapshot();
        SnapStream.setStreamMode(SnapStream.StreamMode.CHECKED);
        first.create("/last", bytes("l"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        // The server stops, not the session.
        factory.shutdown();
    }

    interface Attempt {
        void run() throws Exception;
    }

    static void refused(Attempt attempt) throws Exception {
        try {
            attempt.run();
        } catch (KeeperException expected) {
            return;
        }
        throw new IllegalStateException("it should have been refused");
    }

    static ZooKeeper connect(String address) throws Exception {
        java.util.concurrent.CountDownLatch connected = new java.util.concurrent.CountDownLatch(1);
        ZooKeeper zk = new ZooKeeper(address, 30_000, event -> connected.countDown());
        connected.await();
        return zk;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String describe(File folder) throws Exception {
        List<String> parts = new ArrayList<>();
        File[] files = folder.listFiles((dir, name) -> name.startsWith("snapshot."));
        Arrays.sort(files, Comparator.comparing(File::getName));
        List<String> snapshots = new ArrayList<>();
        for (File file : files) snapshots.add(json(file.getName()) + ": " + snapshot(file));
        List<String> txns = new ArrayList<>();
        FileTxnLog log = new FileTxnLog(folder);
        try (TxnIterator iterator = log.read(0)) {
            while (iterator.getHeader() != null) {
                txns.add(record(iterator.getHeader(), iterator.getTxn(), iterator.getDigest()));
                if (!iterator.next()) break;
            }
        }
        return "{\n\"snapshots\": {\n" + String.join(",\n", snapshots) + "\n},\n\"transactions\": [\n"
            + String.join(",\n", txns) + "\n]\n}";
    }

    /** FileSnap reads the newest file of a folder, so each is given a folder of its own. */
    static String snapshot(File file) throws Exception {
        File alone = Files.createTempDirectory("snapshot").toFile();
        Files.copy(file.toPath(), new File(alone, file.getName()).toPath());
        DataTree tree = new DataTree();
        Map<Long, Integer> sessions = new ConcurrentHashMap<>();
        new FileSnap(alone).deserialize(tree, sessions);
        List<String> nodes = new ArrayList<>();
        nodes(tree, "", nodes);
        String sessionList = new TreeMap<>(sessions).entrySet().stream()
            .map(each -> "{\"id\": " + hex(each.getKey()) + ", \"timeoutMs\": " + each.getValue() + "}")
            .collect(Collectors.joining(", "));
        return "{\"sessions\": [" + sessionList + "], \"digest\": " + hex(tree.getTreeDigest()) + ", \"nodes\": [\n  "
            + String.join(",\n  ", nodes) + "\n]}";
    }

    static void nodes(DataTree tree, String path, List<String> into) {
        DataNode node = tree.getNode(path);
        StatPersisted stat = node.stat;
        into.add("{\"path\": " + json(path) + ", \"data\": " + data(node.getData()) + ", \"acl\": " + acl(tree.getACL(node))
            + ", \"stat\": {\"czxid\": " + hex(stat.getCzxid()) + ", \"mzxid\": " + hex(stat.getMzxid()) + ", \"ctime\": " + stat.getCtime()
            + ", \"mtime\": " + stat.getMtime() + ", \"version\": " + stat.getVersion() + ", \"cversion\": " + stat.getCversion()
            + ", \"aversion\": " + stat.getAversion() + ", \"ephemeralOwner\": " + hex(stat.getEphemeralOwner())
            + ", \"pzxid\": " + hex(stat.getPzxid()) + "}}");
        for (String child : new java.util.TreeSet<>(node.getChildren())) nodes(tree, path + "/" + child, into);
    }

    static String record(TxnHeader header, Record txn, TxnDigest digest) throws Exception {
        return "{\"header\": {\"clientId\": " + hex(header.getClientId()) + ", \"cxid\": " + header.getCxid() + ", \"zxid\": "
            + hex(header.getZxid()) + ", \"time\": " + header.getTime() + ", \"type\": " + header.getType() + "}, \"txn\": "
            + txn(header.getType(), txn)
            + (digest == null ? "" : ", \"digest\": {\"version\": " + digest.getVersion() + ", \"treeDigest\": " + hex(digest.getTreeDigest()) + "}")
            + "}";
    }

    static String txn(int type, Record record) throws Exception {
        String start = "{\"type\": " + type;
        if (record instanceof CreateTxn) {
            CreateTxn t = (CreateTxn) record;
            return start + node(t.getPath(), t.getData(), t.getAcl()) + ", \"ephemeral\": " + t.getEphemeral() + ", \"parentCVersion\": " + t.getParentCVersion() + "}";
        }
        if (record instanceof CreateContainerTxn) {
            CreateContainerTxn t = (CreateContainerTxn) record;
            return start + node(t.getPath(), t.getData(), t.getAcl()) + ", \"parentCVersion\": " + t.getParentCVersion() + "}";
        }
        if (record instanceof CreateTTLTxn) {
            CreateTTLTxn t = (CreateTTLTxn) record;
            return start + node(t.getPath(), t.getData(), t.getAcl()) + ", \"parentCVersion\": " + t.getParentCVersion() + ", \"ttl\": " + hex(t.getTtl()) + "}";
        }
        if (record instanceof DeleteTxn) return start + ", \"path\": " + json(((DeleteTxn) record).getPath()) + "}";
        if (record instanceof SetDataTxn) {
            SetDataTxn t = (SetDataTxn) record;
            return start + ", \"path\": " + json(t.getPath()) + ", \"data\": " + data(t.getData()) + ", \"version\": " + t.getVersion() + "}";
        }
        if (record instanceof SetACLTxn) {
            SetACLTxn t = (SetACLTxn) record;
            return start + ", \"path\": " + json(t.getPath()) + ", \"acl\": " + acl(t.getAcl()) + ", \"version\": " + t.getVersion() + "}";
        }
        if (record instanceof CheckVersionTxn) {
            CheckVersionTxn t = (CheckVersionTxn) record;
            return start + ", \"path\": " + json(t.getPath()) + ", \"version\": " + t.getVersion() + "}";
        }
        if (record instanceof CreateSessionTxn) return start + ", \"timeoutMs\": " + ((CreateSessionTxn) record).getTimeOut() + "}";
        if (record instanceof CloseSessionTxn) {
            List<String> paths = ((CloseSessionTxn) record).getPaths2Delete();
            return start + ", \"paths\": [" + paths.stream().map(CaptureFiles::json).collect(Collectors.joining(", ")) + "]}";
        }
        if (record instanceof ErrorTxn) return start + ", \"err\": " + ((ErrorTxn) record).getErr() + "}";
        List<String> txns = new ArrayList<>();
        for (Txn each : ((MultiTxn) record).getTxns()) txns.add(txn(each.getType(), sub(each)));
        return start + ", \"txns\": [" + String.join(", ", txns) + "]}";
    }

    static Record sub(Txn txn) throws Exception {
        Record record;
        switch (txn.getType()) {
            case OpCode.create: case OpCode.create2: record = new CreateTxn(); break;
            case OpCode.createContainer: record = new CreateContainerTxn(); break;
            case OpCode.createTTL: record = new CreateTTLTxn(); break;
            case OpCode.delete: case OpCode.deleteContainer: record = new DeleteTxn(); break;
            case OpCode.setData: record = new SetDataTxn(); break;
            case OpCode.check: record = new CheckVersionTxn(); break;
            case OpCode.error: record = new ErrorTxn(); break;
            default: throw new IllegalStateException("type " + txn.getType());
        }
        ByteBufferInputStream.byteBuffer2Record(java.nio.ByteBuffer.wrap(txn.getData()), record);
        return record;
    }

    static String node(String path, byte[] data, List<ACL> acl) {
        return ", \"path\": " + json(path) + ", \"data\": " + data(data) + ", \"acl\": " + acl(acl);
    }

    static String acl(List<ACL> list) {
        return list.stream()
            .map(each -> "{\"permissions\": " + each.getPerms() + ", \"id\": {\"scheme\": " + json(each.getId().getScheme()) + ", \"id\": " + json(each.getId().getId()) + "}}")
            .collect(Collectors.joining(", ", "[", "]"));
    }

    /** 64-bit integers as "0x…": JSON's numbers are too small for them. */
    static String hex(long value) {
        return "\"0x" + Long.toHexString(value) + "\"";
    }

    static String data(byte[] bytes) {
        if (bytes == null) return "null";
        StringBuilder hex = new StringBuilder();
        for (byte each : bytes) hex.append(String.format("%02x", each));
        return "{\"hex\": \"" + hex + "\"}";
    }

    static String json(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
