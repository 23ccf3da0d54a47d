import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.proto.ConnectRequest;

/** A connection that sends what Java's own archive wrote, for frames that the client class never sends. */
class Raw implements AutoCloseable {
    final Socket socket;

    Raw() throws IOException {
        socket = new Socket("127.0.0.1", Integer.parseInt(Capture.recorded.split(":")[1]));
    }

    byte[] ask(Writer request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        request.write(BinaryOutputArchive.getArchive(bytes));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.flush();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] reply = new byte[in.readInt()];
        in.readFully(reply);
        return reply;
    }

    byte[] open(long sessionId, byte[] password, Boolean readOnly) throws IOException {
        return ask(out -> {
            new ConnectRequest(0, 0, 20_000, sessionId, password).serialize(out, "connect");
            if (readOnly != null) out.writeBool(readOnly, "readOnly");
        });
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    interface Writer {
        void write(BinaryOutputArchive out) throws IOException;
    }
}
