import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import org.apache.jute.BinaryInputArchive;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.quorum.FastLeaderElection;
import org.apache.zookeeper.server.quorum.QuorumCnxManager.InitialMessage;
import org.apache.zookeeper.server.quorum.QuorumPacket;
import org.apache.zookeeper.server.util.SerializeUtils;

/**
 * Reads recorded streams with Java's own classes. In: lines "packets HEX", "dialed HEX" (a hello, then frames), "accepted HEX"
 * (frames only) and "hello HEX". Out: a line of JSON for each: the bytes that were read, and the items in them. The line
 * "notification" is answered by the bytes of the form without a configuration, which FastLeaderElection still makes.
 */
public class DescribeQuorum {
    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(" ");
            byte[] stream = parts.length > 1 ? HexFormat.of().parseHex(parts[1]) : new byte[0];
            ByteArrayInputStream bytes = new ByteArrayInputStream(stream);
            DataInputStream in = new DataInputStream(bytes);
            Describe.Json out = new Describe.Json();
            if (parts[0].equals("hello")) hello(in, out);
            else if (parts[0].equals("notification")) out.writeBuffer(notification(), null);
            else stream(parts[0], stream.length, bytes, in, out);
            System.out.println(out);
        }
    }

    interface Item {
        void read() throws Exception;
    }

    static void stream(String kind, int length, ByteArrayInputStream bytes, DataInputStream in, Describe.Json out) throws Exception {
        BinaryInputArchive archive = new BinaryInputArchive(in);
        out.open('{', false);
        out.startVector(List.of(), "items");
        if (kind.equals("dialed")) hello(in, out);
        Item item = kind.equals("packets") ? () -> packet(archive, bytes, out) : () -> frame(in, out);
        int read = length - bytes.available();
        try {
            while (bytes.available() > 0) {
                item.read();
                read = length - bytes.available();
            }
        } catch (EOFException cut) { }
        out.endVector(List.of(), "items");
        out.writeInt(read, "bytes");
        out.close('}');
    }

    static void packet(BinaryInputArchive in, ByteArrayInputStream bytes, Describe.Json out) throws IOException {
        QuorumPacket packet = new QuorumPacket();
        packet.deserialize(in, "packet");
        packet.serialize(out, "packet");
        if (packet.getType() != 15) return;
        int before = bytes.available();
        SerializeUtils.deserializeSnapshot(new DataTree(), in, new HashMap<>());
        int tree = before - bytes.available();
        out.open('{', true);
        out.writeInt(tree, "snapshotBytes");
        out.writeString(in.readString("signature"), "signature");
        out.close('}');
    }

    static void hello(DataInputStream in, Describe.Json out) throws Exception {
        long first = in.readLong();
        out.open('{', true);
        out.writeLong(first, "first");
        if (first < 0) {
            try {
                InitialMessage message = InitialMessage.parse(first, in);
                out.writeLong(message.sid, "sid");
                out.startVector(List.of(), "addresses");
                for (InetSocketAddress address : message.electionAddr) {
                    out.open('{', true);
                    out.writeString(address.getHostString(), "host");
                    out.writeInt(address.getPort(), "port");
                    out.close('}');
                }
                out.endVector(List.of(), "addresses");
            } catch (InitialMessage.InitialMessageException | IOException | IllegalArgumentException refusal) {
                out.writeString(refusal.toString(), "refusal");
            }
        }
        out.close('}');
    }

    /** One frame, read in the order of FastLeaderElection's receiver. */
    static void frame(DataInputStream in, Describe.Json out) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        out.open('{', true);
        out.writeInt(frame.getInt(), "state");
        for (String field : List.of("leader", "zxid", "electionEpoch", "peerEpoch")) out.writeLong(frame.getLong(), field);
        out.writeInt(frame.getInt(), "version");
        byte[] config = new byte[frame.getInt()];
        frame.get(config);
        out.writeString(new String(config, StandardCharsets.UTF_8), "config");
        if (frame.hasRemaining()) throw new IOException("bytes are left in a notification");
        out.close('}');
    }

    static byte[] notification() throws Exception {
        var buildMsg = FastLeaderElection.class.getDeclaredMethod("buildMsg", int.class, long.class, long.class, long.class, long.class);
        buildMsg.setAccessible(true);
        return ((ByteBuffer) buildMsg.invoke(null, 2, 3L, 0x500000007L, 9L, 6L)).array();
    }
}
