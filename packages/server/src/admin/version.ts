/** Version of Apache ZooKeeper with the same behaviour; clients parse it. */
const COMPATIBLE_WITH = "3.9.5";
/** This package's version and its day. */
export const VERSION = "0.1.0";
const RELEASED = "2026-11-22";

/** Version text that `srvr` and similar commands print after "Zookeeper version: ". */
export const VERSION_LINE = `${COMPATIBLE_WITH}-conclave-${VERSION}, built on ${RELEASED}`;
