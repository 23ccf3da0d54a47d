import type { ConnectOptions } from "./connect-options.js";
import type { ZooKeeper } from "./zookeeper.js";

/** Servers that this process runs itself, or another place that clients come from: the option `ensemble` of Conclave's plugins. */
export interface ConnectionSource {
  /** Starts what is needed, and connects. Rejects as `connect` does. */
  connect(options?: ConnectOptions): Promise<ZooKeeper>;
  /** Ends what {@link connect} has started, after its clients are closed. Idempotent. */
  close(): Promise<void>;
}
