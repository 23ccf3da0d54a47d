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
 * The load generator of the fan-out in `pnpm bench server`: sessions that watch one znode, and one more that changes it.
 *
 * Reads messages, one a line, from standard input: `fan-out` and fields, of which the requests are whole frames, hexadecimal.
 * Answers each with `done` and fields, or with `failed`, after which standard error tells why. Ends with its input.
 */
final class Watchers {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  /** Of /proc/<pid>/stat. */
  private static final long TICK_US = 10_000;

  private final Selector selector;
  /** So many came to all sessions, ever. */
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
      if (!words[0].equals("fan-out")) throw new IllegalArgumentException("no message is called " + words[0]);
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

  /** The median of the times, and what each took of CPU on average. */
  private String fanOut(Map<String, String> fields) throws IOException {
    var port = Integer.parseInt(fields.get("port"));
    var handshake = frameOf(fields.get("handshake"));
    var watchers = new ArrayList<Session>();
    for (int left = Integer.parseInt(fields.get("watchers")); left > 0; left--) watchers.add(open(port, handshake));
    var setter = open(port, handshake);

    var watch = frameOf(fields.get("watch"));
    var set = frameOf(fields.get("set"));
    var times = Integer.parseInt(fields.get("times"));
    var toldMs = new double[times];
    var serverStat = Path.of("/proc", fields.get("pid"), "stat");
    long cpuUs = 0;
    long ownCpuUs = 0;
    for (int time = 0; time < times; time++) {
      ask(watchers, watch);
      for (var session : watchers) session.acknowledge();
      var cpuBefore = cpuUs(serverStat);
      var ownBefore = SYSTEM.getProcessCpuTime();
      toldMs[time] = tell(watchers.size(), setter, set);
      ownCpuUs += (SYSTEM.getProcessCpuTime() - ownBefore) / 1000;
      cpuUs += cpuUs(serverStat) - cpuBefore;
    }

    watchers.add(setter);
    close(watchers, frameOf(fields.get("close")));
    Arrays.sort(toldMs);
    return "toldMs=" + toldMs[times / 2] + " cpuUs=" + cpuUs / times + " ownCpuUs=" + ownCpuUs / times;
  }

  /** One after the other: Apache's queue of connections that it has not accepted yet is short. */
  private Session open(int port, ByteBuffer handshake) throws IOException {
    var session = new Session(port);
    ask(List.of(session), handshake);
    return session;
  }

  /** The milliseconds from when a session sends its set until the last watcher has read its event. */
  private double tell(int watchers, Session setter, ByteBuffer set) throws IOException {
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
    // A channel that is closed stays open until its selector has noticed.
    selector.selectNow();
  }

  /** Returns when all of them are answered. */
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

  /** What a process used, user and system. The name, in parentheses, may hold anything: fields count from behind it. */
  private static long cpuUs(Path stat) throws IOException {
    var text = Files.readString(stat, StandardCharsets.ISO_8859_1);
    var fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_US;
  }

  /** Does as little as can be: bytes out as they are given, frames in as they come. */
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
      // Closes without the state in which TCP keeps a port for a minute.
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    private void send(ByteBuffer request) throws IOException {
      if (channel.write(request.duplicate()) < request.limit()) throw new IOException("the server does not read");
    }

    /**
     * Has the system acknowledge what was read, which it does by itself 40 ms later at most: a watch has mostly stood for longer
     * when it fires. Else the acknowledgement of its reply would be part of what is measured.
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
      if (!input.hasRemaining()) throw new IllegalStateException("the server sends a longer frame than was asked for");
    }

    private boolean hasFrame() {
      return input.remaining() >= LENGTH_BYTES
          && input.remaining() - LENGTH_BYTES >= input.getInt(input.position());
    }

    /** The frame that begins there: int xid, long zxid, int err; of a session's first one: int version, int timeout. */
    private void count(int at) {
      if (isOpen && input.getInt(at) == EVENT_XID) {
        events++;
        return;
      }
      if (!isOpen && input.getInt(at + TIMEOUT_AT) <= 0) throw new IllegalStateException("the server opens no session");
      if (isOpen && input.getInt(at + ERR_AT) != 0) {
        throw new IllegalStateException("the server answers with error " + input.getInt(at + ERR_AT));
      }
      isOpen = true;
      answers++;
    }
  }
}
