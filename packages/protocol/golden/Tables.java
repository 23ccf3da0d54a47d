import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.common.PathUtils;

/** Prints what Java's own classes say: with "tables" its constants and strings, with "paths" its verdicts on paths. */
public class Tables {
    public static void main(String[] args) throws Exception {
        System.out.println(args[0].equals("paths") ? paths() : tables());
    }

    static String tables() throws Exception {
        List<String> errors = new ArrayList<>();
        for (KeeperException.Code code : KeeperException.Code.values()) errors.add(pair(code.name(), code.intValue()));
        List<String> modes = new ArrayList<>();
        for (CreateMode mode : CreateMode.values()) {
            modes.add(String.format("%s:{\"flag\":%d,\"ephemeral\":%b,\"sequential\":%b}",
                quote(mode.name()), mode.toFlag(), mode.isEphemeral(), mode.isSequential()));
        }
        List<String> addWatchModes = new ArrayList<>();
        for (AddWatchMode mode : AddWatchMode.values()) addWatchModes.add(pair(mode.name(), mode.getMode()));
        List<String> watcherTypes = new ArrayList<>();
        for (WatcherType type : WatcherType.values()) watcherTypes.add(pair(type.name(), type.getIntValue()));
        List<String> events = new ArrayList<>();
        for (EventType type : EventType.values()) events.add(pair(type.name(), type.getIntValue()));
        List<String> states = new ArrayList<>();
        for (KeeperState state : KeeperState.values()) states.add(pair(state.name(), state.getIntValue()));
        return "{\"opCodes\":" + object(constants(ZooDefs.OpCode.class))
            + ",\"errorCodes\":" + object(errors)
            + ",\"createModes\":" + object(modes)
            + ",\"addWatchModes\":" + object(addWatchModes)
            + ",\"watcherTypes\":" + object(watcherTypes)
            + ",\"permissions\":" + object(constants(ZooDefs.Perms.class))
            + ",\"eventTypes\":" + object(events)
            + ",\"keeperStates\":" + object(states)
            + ",\"written\":[" + String.join(",", written()) + "]"
            + ",\"read\":[" + String.join(",", read()) + "]}";
    }

    static List<String> constants(Class<?> from) throws Exception {
        List<String> found = new ArrayList<>();
        for (Field field : from.getFields()) {
            if (field.getType() == int.class) found.add(pair(field.getName(), field.getInt(null)));
        }
        return found;
    }

    /** Strings, and the bytes that Java's archive writes for them. */
    static List<String> written() throws Exception {
        Random random = new Random(42);
        Set<String> strings = new LinkedHashSet<>(List.of("", "a", "\0", "\u007f\u0080\u07ff\u0800\uffff", "\ufeffx",
            "\ud83d\ude00", "a\ud83d\ude00b\ud83d\udc4d", "\ud83d", "\ude00", "\ude00\ud83d", "x".repeat(65) + "\ud83d\ude00"));
        while (strings.size() < 60) strings.add(text(random, 1 + random.nextInt(20)));
        List<String> cases = new ArrayList<>();
        for (String string : strings) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            new BinaryOutputArchive(new DataOutputStream(bytes)).writeString(string, "s");
            cases.add("[" + twice(string) + "," + quote(HexFormat.of().formatHex(bytes.toByteArray())) + "]");
        }
        return cases;
    }

    /** Bytes, sound and broken, and the string that Java's archive reads from them: it uses this decoder. */
    static List<String> read() {
        Random random = new Random(43);
        byte[] likely = HexFormat.of().parseHex("00417f8090a0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5f8fcff");
        Set<String> inputs = new LinkedHashSet<>(List.of("", "eda0bdedb880", "eda0bd", "edb880", "61eda0bdedb88062", "f09f9880", "c080",
            "e08080", "f0808080", "f4908080", "efbbbf78", "e2", "e282", "f09f98", "c2", "80", "ff", "eda0", "ed", "edbfbf", "f88888888080"));
        while (inputs.size() < 400) {
            byte[] bytes = new byte[1 + random.nextInt(8)];
            for (int i = 0; i < bytes.length; i++) bytes[i] = likely[random.nextInt(likely.length)];
            inputs.add(HexFormat.of().formatHex(bytes));
        }
        List<String> cases = new ArrayList<>();
        for (String hex : inputs) {
            cases.add("[" + quote(hex) + "," + quote(new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8)) + "]");
        }
        return cases;
    }

    static final String UNITS = "\u0000\u0001\u001f\u0020\u007e\u007f\u009f\u00a0\u00e9\u4f60\ud7ff\ud800\ud83d\ude00\udfff\ue000\uf8ff\uf900\ufeff\uffef\ufff0\ufffd\uffff";

    static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(random.nextInt(3) == 0 ? UNITS.charAt(random.nextInt(UNITS.length())) : (char) ('a' + random.nextInt(26)));
        }
        return text.toString();
    }

    static String paths() {
        Random random = new Random(44);
        Set<String> paths = new LinkedHashSet<>(List.of("", "/", "//", ".", "..", "/.", "/..", "/...", "/./a", "/a/.", "/a/..", "/a/../b",
            "/a.", "/a..", "/.a", "/..a", "a", "a/b", "/a/", "/a//b", "/zookeeper", "/a/./", "/a/b.c/..d"));
        for (char c : UNITS.toCharArray()) paths.addAll(List.of("/" + c, "/a" + c, "/a/" + c + "b", "/a" + c + "/b", "" + c));
        String parts = "////...aab";
        while (paths.size() < 2000) {
            StringBuilder path = new StringBuilder("/");
            int length = 1 + random.nextInt(8);
            for (int i = 0; i < length; i++) path.append(parts.charAt(random.nextInt(parts.length())));
            paths.add(path.toString());
        }
        while (paths.size() < 3000) {
            StringBuilder path = new StringBuilder();
            int components = 1 + random.nextInt(3);
            for (int i = 0; i < components; i++) {
                path.append('/').append(random.nextInt(3) > 0 ? "n" + random.nextInt(1000) : text(random, 1 + random.nextInt(4)));
            }
            paths.add(path.toString());
        }
        List<String> valid = new ArrayList<>();
        List<String> invalid = new ArrayList<>();
        for (String path : paths) (isValid(path) ? valid : invalid).add(twice(path));
        return "{\"valid\":[" + String.join(",", valid) + "],\"invalid\":[" + String.join(",", invalid) + "]}";
    }

    static boolean isValid(String path) {
        try {
            PathUtils.validatePath(path);
            return true;
        } catch (IllegalArgumentException invalid) {
            return false;
        }
    }

    static String pair(String name, int value) {
        return quote(name) + ":" + value;
    }

    static String object(List<String> members) {
        return "{" + String.join(",", members) + "}";
    }

    /** A text with its escapes escaped: JSON readers stumble over half a surrogate pair, even as an escape. */
    static String twice(String text) {
        String once = quote(text);
        return quote(once.substring(1, once.length() - 1));
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < 0x20 || c > 0x7e) quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
