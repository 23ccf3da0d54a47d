import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.OutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.*;

/**
 * Reads recorded frames with Java's own classes. In: lines "CONNECTION client|server HEX" in the order of the wire. Out: a line
 * of JSON for each: its kind, its header and its record, with fields named as in zookeeper.jute, buffers in hex and
 * longs in quotes.
 */
public class Describe {
    /** What each connection has asked, by xid. The handshake stands under {@link #CONNECT}. */
    static final Map<String, Map<Integer, Integer>> asked = new HashMap<>();
    static final int CONNECT = Integer.MIN_VALUE;

    static final Map<Integer, String> names = new HashMap<>();
    static final Map<Integer, Supplier<Record>> requests = new HashMap<>();
    static final Map<Integer, Supplier<Record>> replies = new HashMap<>();

    static void operation(int type, String name, Supplier<Record> request, Supplier<Record> reply) {
        names.put(type, name);
        if (request != null) requests.put(type, request);
        if (reply != null) replies.put(type, reply);
    }

    static {
        operation(OpCode.create, "create", CreateRequest::new, CreateResponse::new);
        operation(OpCode.create2, "create2", CreateRequest::new, Create2Response::new);
        operation(OpCode.delete, "delete", DeleteRequest::new, null);
        operation(OpCode.exists, "exists", ExistsRequest::new, ExistsResponse::new);
        operation(OpCode.getData, "getData", GetDataRequest::new, GetDataResponse::new);
        operation(OpCode.setData, "setData", SetDataRequest::new, SetDataResponse::new);
        operation(OpCode.getChildren, "getChildren", GetChildrenRequest::new, GetChildrenResponse::new);
        operation(OpCode.getChildren2, "getChildren2", GetChildren2Request::new, GetChildren2Response::new);
        operation(OpCode.sync, "sync", SyncRequest::new, SyncResponse::new);
        operation(OpCode.ping, "ping", null, null);
        operation(OpCode.check, "check", CheckVersionRequest::new, null);
        operation(OpCode.multi, "multi", null, null);
        operation(OpCode.auth, "auth", AuthPacket::new, null);
        operation(OpCode.setWatches, "setWatches", SetWatches::new, null);
        operation(OpCode.getACL, "getACL", GetACLRequest::new, GetACLResponse::new);
        operation(OpCode.setACL, "setACL", SetACLRequest::new, SetACLResponse::new);
        operation(OpCode.createContainer, "createContainer", CreateRequest::new, Create2Response::new);
        operation(OpCode.createTTL, "createTTL", CreateTTLRequest::new, Create2Response::new);
        operation(OpCode.getEphemerals, "getEphemerals", GetEphemeralsRequest::new, GetEphemeralsResponse::new);
        operation(OpCode.getAllChildrenNumber, "getAllChildrenNumber", GetAllChildrenNumberRequest::new, GetAllChildrenNumberResponse::new);
        operation(OpCode.whoAmI, "whoAmI", null, WhoAmIResponse::new);
        operation(OpCode.reconfig, "reconfig", ReconfigRequest::new, GetDataResponse::new);
        operation(OpCode.checkWatches, "checkWatches", CheckWatchesRequest::new, null);
        operation(OpCode.removeWatches, "removeWatches", RemoveWatchesRequest::new, null);
        operation(OpCode.addWatch, "addWatch", AddWatchRequest::new, ErrorResponse::new);
        operation(OpCode.setWatches2, "setWatches2", SetWatches2::new, null);
        operation(OpCode.multiRead, "multiRead", null, null);
        operation(OpCode.sasl, "sasl", GetSASLRequest::new, SetSASLResponse::new);
        operation(OpCode.closeSession, "closeSession", null, null);
        operation(OpCode.error, "error", null, ErrorResponse::new);
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split(" ");
            byte[] frame = HexFormat.of().parseHex(parts[2]);
            ByteArrayInputStream bytes = new ByteArrayInputStream(frame);
            BinaryInputArchive in = new BinaryInputArchive(new DataInputStream(bytes));
            Json out = new Json();
            boolean known = asked.containsKey(parts[0]);
            Map<Integer, Integer> open = asked.computeIfAbsent(parts[0], key -> new HashMap<>());
            out.open('{', false);
            if (parts[1].equals("client")) request(in, bytes, out, open, !known);
            else reply(in, bytes, out, open);
            out.close('}');
            if (bytes.available() > 0) throw new IOException("bytes are left in " + line);
            System.out.println(out);
        }
    }

    static void request(BinaryInputArchive in, ByteArrayInputStream bytes, Json out, Map<Integer, Integer> open, boolean first) throws IOException {
        if (first) {
            open.put(CONNECT, CONNECT);
            handshake(in, bytes, out, new ConnectRequest());
            return;
        }
        RequestHeader header = new RequestHeader();
        header.deserialize(in, "header");
        open.put(header.getXid(), header.getType());
        out.writeString(names.getOrDefault(header.getType(), "unknown"), "kind");
        header.serialize(out, "header");
        if (isMulti(header.getType())) multi(in, out, requests, true);
        else record(in, out, requests.get(header.getType()));
    }

    static void reply(BinaryInputArchive in, ByteArrayInputStream bytes, Json out, Map<Integer, Integer> open) throws IOException {
        if (open.remove(CONNECT) != null) {
            handshake(in, bytes, out, new ConnectResponse());
            return;
        }
        ReplyHeader header = new ReplyHeader();
        header.deserialize(in, "header");
        boolean event = header.getXid() == -1;
        int type = event ? OpCode.notification : open.remove(header.getXid());
        out.writeString(event ? "event" : names.getOrDefault(type, "unknown"), "kind");
        header.serialize(out, "header");
        if (event) record(in, out, WatcherEvent::new);
        else if (isMulti(type) && bytes.available() > 0) multi(in, out, replies, false);
        // A refusal of SASL carries a token all the same.
        else if (header.getErr() == 0 || type == OpCode.sasl) record(in, out, replies.get(type));
    }

    static boolean isMulti(int type) {
        return type == OpCode.multi || type == OpCode.multiRead;
    }

    static void handshake(BinaryInputArchive in, ByteArrayInputStream bytes, Json out, Record record) throws IOException {
        out.writeString("connect", "kind");
        record.deserialize(in, "record");
        record.serialize(out, "record");
        if (bytes.available() > 0) out.writeBool(in.readBool("readOnly"), "readOnly");
    }

    static void record(BinaryInputArchive in, Json out, Supplier<Record> make) throws IOException {
        if (make == null) return;
        Record record = make.get();
        record.deserialize(in, "record");
        record.serialize(out, "record");
    }

    static void multi(BinaryInputArchive in, Json out, Map<Integer, Supplier<Record>> records, boolean request) throws IOException {
        out.startVector(List.of(), "record");
        MultiHeader header = new MultiHeader();
        for (header.deserialize(in, "item"); !header.getDone(); header.deserialize(in, "item")) {
            out.open('{', true);
            header.serialize(out, "header");
            record(in, out, records.get(header.getType()));
            out.close('}');
        }
        out.endVector(List.of(), "record");
    }

    /** Writes records as JSON. */
    static class Json implements OutputArchive {
        final StringBuilder text = new StringBuilder();
        final Deque<Character> open = new ArrayDeque<>();
        boolean first = true;

        void open(char bracket, boolean separate) {
            if (separate) separate(null);
            text.append(bracket);
            open.push(bracket);
            first = true;
        }

        void close(char bracket) {
            text.append(bracket);
            open.pop();
            first = false;
        }

        void separate(String tag) {
            if (!first) text.append(',');
            first = false;
            if (tag != null && open.peek() == '{') text.append('"').append(tag).append("\":");
        }

        void value(String tag, Object json) {
            separate(tag);
            text.append(json);
        }

        static String quote(String s) {
            if (s == null) return "null";
            StringBuilder quoted = new StringBuilder("\"");
            for (char c : s.toCharArray()) {
                if (c == '"' || c == '\\') quoted.append('\\').append(c);
                else if (c < 0x20 || c > 0x7e) quoted.append(String.format("\\u%04x", (int) c));
                else quoted.append(c);
            }
            return quoted.append('"').toString();
        }

        @Override public String toString() { return text.toString(); }
        @Override public void writeByte(byte b, String tag) { value(tag, b); }
        @Override public void writeBool(boolean b, String tag) { value(tag, b); }
        @Override public void writeInt(int i, String tag) { value(tag, i); }
        @Override public void writeLong(long l, String tag) { value(tag, "\"" + l + "\""); }
        @Override public void writeFloat(float f, String tag) { value(tag, f); }
        @Override public void writeDouble(double d, String tag) { value(tag, d); }
        @Override public void writeString(String s, String tag) { value(tag, quote(s)); }
        @Override public void writeBuffer(byte[] b, String tag) { value(tag, b == null ? "null" : quote(HexFormat.of().formatHex(b))); }
        @Override public void writeRecord(Record r, String tag) throws IOException { r.serialize(this, tag); }
        @Override public void startRecord(Record r, String tag) { separate(tag); open('{', false); }
        @Override public void endRecord(Record r, String tag) { close('}'); }
        @Override public void startVector(List<?> v, String tag) { separate(tag); open('[', false); }
        @Override public void endVector(List<?> v, String tag) { close(']'); }
        @Override public void startMap(TreeMap<?, ?> v, String tag) { throw new UnsupportedOperationException(); }
        @Override public void endMap(TreeMap<?, ?> v, String tag) { throw new UnsupportedOperationException(); }
        /** Asked for from 3.9 on. */
        public long getDataSize() { return text.length(); }
    }
}
