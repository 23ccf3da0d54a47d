import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.client.ZKClientConfig;

/**
 * Walks a real client through every operation. Its first argument is the port of the recording proxy, its second the
 * port of the server itself, for changes that must happen unseen. It steers capture.ts by lines on its standard output
 * ("step TEXT", "cut", "release", "ensemble"), each of which is answered by one line on its standard input.
 */
public class Capture {
    static final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));
    static final int TIMEOUT_MS = 30_000;
    static String recorded;
    static String direct;

    public static void main(String[] args) throws Exception {
        recorded = "127.0.0.1:" + args[0];
        direct = "127.0.0.1:" + args[1];
        System.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        Basics.run();
        Extensions.run();
        System.exit(0);
    }

    static void tell(String line) throws IOException {
        System.out.println(line);
        if (answers.readLine() == null) throw new IOException("nobody listens");
    }

    static void step(String text) throws IOException {
        tell("step " + text);
    }

    static Client connect(String address) throws Exception {
        return new Client(address, TIMEOUT_MS, false, new LinkedBlockingQueue<>());
    }

    interface Attempt {
        void run() throws Exception;
    }

    static void fails(String text, Attempt attempt) throws Exception {
        step("error: " + text);
        try {
            attempt.run();
        } catch (KeeperException expected) {
            return;
        }
        throw new IllegalStateException(text + " did not fail");
    }
}
