/** A property in the form of `java -D`. */
export interface SystemProperty {
  /** The key in a zoo.cfg: the name without the prefix `zookeeper.`. */
  readonly key: string;
  readonly value: string;
  /** The argument as given. */
  readonly argument: string;
  /** Returns true for the name of a property of ZooKeeper. */
  readonly isZooKeepers: boolean;
}

const PREFIX = "zookeeper.";
/** Properties that Apache reads without its prefix. */
const BARE = new Set(["jute.maxbuffer", "znode.container.checkIntervalMs", "readonlymode.enabled"]);

/** Reads `name=value`, the text after `-D`. A name alone has the empty value, and white space counts, as in Java. */
export function parseSystemProperty(text: string): SystemProperty {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? "" : text.slice(equals + 1);
  const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  const isZooKeepers = key !== name || BARE.has(name) || name.startsWith("znode.container.");
  return { key, value, argument: `-D${text}`, isZooKeepers };
}
