import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

/**
 * Load generator of the fan-out in `pnpm bench server`: sessions that watch one znode, and another one that changes it.
 *
 * Reads messages, one a line, from standard input: `fan-out` and fields; requests are whole frames in hexadecimal digits.
 * Answers each with `done` and fields, or with `failed` and an error on standard error. Ends with its input.
 */
final class Watchers {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  /** Length of a tick in /proc/<pid>/stat. */
  private static final long TICK_US = 10_000;

  private final Selector selector;
  /** Number of frames that all sessions have received. */
  private long answers;
  private long events;

  private Watchers() throws IOException {
    selector = Selector.open();
  }

  public static void main(String[] args) throws IOException {
    var program = new Watchers();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(program.answer(line));
    }
  }

  private String answer(String line) {
    try {
      var words = line.trim().split(" ");
      if (!words[0].equals("fan-out")) throw new IllegalArgumentException("unknown message: " + words[0]);
      var fields = new HashMap<String, String>();
      for (int index = 1; index < words.length; index++) {
        var at = words[index].indexOf('=');
        fields.put(words[index].substring(0, at), words[index].substring(at + 1));
      }
      return "done " + fanOut(fields);
    } catch (Exception error) {
      error.printStackTrace();
      return "failed";
    }
  }

  /** Returns the median delivery time, and the mean CPU time of server and generator per change. */
  private String fanOut(Map<String, String> fields) throws IOException {
    var port = Integer.parseInt(fields.get("port"));
    var handshake = frameOf(fields.get("handshake"));
    var watchers = new ArrayList<Session>();
    for (int left = Integer.parseInt(fields.get("watchers")); left > 0; left--) watchers.add(open(port, handshake));
    var setter = open(port, handshake);

    var watch = frameOf(fields.get("watch"));
    var set = frameOf(fields.get("set"));
    var times = Integer.parseInt(fields.get("times"));
    var deliveryMs = new double[times];
    var serverStat = Path.of("/proc", fields.get("pid"), "stat");
    long cpuUs = 0;
    long ownCpuUs = 0;
    for (int time = 0; time < times; time++) {
      ask(watchers, watch);
      for (var session : watchers) session.acknowledge();
      var cpuBefore = cpuUs(serverStat);
      var ownBefore = SYSTEM.getProcessCpuTime();
      deliveryMs[time] = change(watchers.size(), setter, set);
      ownCpuUs += (SYSTEM.getProcessCpuTime() - ownBefore) / 1000;
      cpuUs += cpuUs(serverStat) - cpuBefore;
    }

    watchers.add(setter);
    close(watchers, frameOf(fields.get("close")));
    Arrays.sort(deliveryMs);
    return "deliveryMs=" + deliveryMs[times / 2] + " cpuUs=" + cpuUs / times + " ownCpuUs=" + ownCpuUs / times;
  }

  /** Opens a session and waits until it is open, because Apache's queue of pending connections is short. */
  private Session open(int port, ByteBuffer handshake) throws IOException {
    var session = new Session(port);
    ask(List.of(session), handshake);
    return session;
  }

  /** Returns the milliseconds from the write of a setData request until the last watcher has read its event. */
  private double change(int watchers, Session setter, ByteBuffer set) throws IOException {
    var allEvents = events + watchers;
    var allAnswers = answers + 1;
    var startedAt = System.nanoTime();
    setter.send(set);
    while (events < allEvents) readWhatCame();
    var ms = (System.nanoTime() - startedAt) / 1e6;
    while (answers < allAnswers) readWhatCame();
    return ms;
  }

  private void close(List<Session> sessions, ByteBuffer request) throws IOException {
    for (var session : sessions) session.isLeaving = true;
    ask(sessions, request);
    for (var session : sessions) session.channel.close();
    // A closed channel stays open until the next select.
    selector.selectNow();
  }

  /** Sends a request on each session, and returns when all are answered. */
  private void ask(List<Session> sessions, ByteBuffer request) throws IOException {
    var all = answers + sessions.size();
    for (var session : sessions) session.send(request);
    while (answers < all) readWhatCame();
  }

  private void readWhatCame() throws IOException {
    try {
      selector.select(key -> ((Session) key.attachment()).read());
    } catch (UncheckedIOException error) {
      throw error.getCause();
    }
  }

  private static ByteBuffer frameOf(String hexadecimal) {
    var bytes = ByteBuffer.allocateDirect(hexadecimal.length() / 2);
    for (int at = 0; at < hexadecimal.length(); at += 2) {
      bytes.put((byte) Integer.parseInt(hexadecimal.substring(at, at + 2), 16));
    }
    return bytes.flip();
  }

  /** Returns the CPU time of a process. The name in parentheses may contain any character: fields are counted from its end. */
  private static long cpuUs(Path stat) throws IOException {
    var text = Files.readString(stat, StandardCharsets.ISO_8859_1);
    var fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_US;
  }

  /** A session with the least possible work: it sends bytes as they are, and counts the frames that it receives. */
  private final class Session {
    private static final int LENGTH_BYTES = 4;
    private static final int LONGEST_FRAME_BYTES = 512;
    private static final int TIMEOUT_AT = 4;
    private static final int ERR_AT = 12;
    private static final int EVENT_XID = -1;

    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocateDirect(LENGTH_BYTES + LONGEST_FRAME_BYTES);
    private boolean isOpen;
    private boolean isLeaving;

    private Session(int port) throws IOException {
      channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      // Closing resets the connection, which leaves no port in TIME_WAIT.
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    private void send(ByteBuffer request) throws IOException {
      if (channel.write(request.duplicate()) < request.limit()) throw new IOException("the server does not read");
    }

    /**
     * Makes the system acknowledge the bytes that were read, which it would do 40 ms later at most. Most watches are older than
     * that when they fire; without this the acknowledgement of the reply would be part of the measurement.
     */
    private void acknowledge() throws IOException {
      channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
      channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, false);
    }

    private void read() {
      try {
        if (channel.read(input) < 0) {
          if (!isLeaving) throw new EOFException("the server closed the connection");
          channel.close();
        }
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      input.flip();
      while (hasFrame()) {
        var length = input.getInt();
        count(input.position());
        input.position(input.position() + length);
      }
      input.compact();
      if (!input.hasRemaining()) throw new IllegalStateException("the server sent a longer frame than expected");
    }

    private boolean hasFrame() {
      return input.remaining() >= LENGTH_BYTES
          && input.remaining() - LENGTH_BYTES >= input.getInt(input.position());
    }

    /** Checks the frame at an offset: int xid, long zxid, int err; the first frame of a session: int version, int timeout. */
    private void count(int at) {
      if (isOpen && input.getInt(at) == EVENT_XID) {
        events++;
        return;
      }
      if (!isOpen && input.getInt(at + TIMEOUT_AT) <= 0) throw new IllegalStateException("the server refused to open a session");
      if (isOpen && input.getInt(at + ERR_AT) != 0) {
        throw new IllegalStateException("the server answers with error " + input.getInt(at + ERR_AT));
      }
      isOpen = true;
      answers++;
    }
  }
}
