/** A property as `java -D` takes one. */
export interface SystemProperty {
  /** Without the `zookeeper.` that Apache's have in front: the name that it has in a zoo.cfg. */
  readonly key: string;
  readonly value: string;
  /** As it was given. */
  readonly argument: string;
  /** Whether it is one of ZooKeeper's, by its name. */
  readonly isZooKeepers: boolean;
}

const PREFIX = "zookeeper.";
/** Read by Apache under names without its prefix. */
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
