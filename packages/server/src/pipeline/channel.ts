import type { Id, JuteWriter } from "@conclave/protocol";
import type { Session } from "../sessions/session.js";
import type { Watcher } from "../tree/watch-table.js";
import type { RequestOrder } from "./request-order.js";
import type { RequestStatistics } from "./request-statistics.js";

/** A client's connection as the pipeline uses it. */
export interface Channel extends Watcher {
  /** Ids that the client has authenticated. */
  readonly ids: readonly Id[];
  /** The ids that ACLs are checked against: `ids`, and those that settings add. */
  readonly rights: readonly Id[];
  /** Adds authenticated ids. */
  addIds(ids: readonly Id[]): void;
  /** `undefined` until the handshake is answered. */
  readonly session: Session | undefined;
  readonly order: RequestOrder;
  readonly statistics: RequestStatistics;
  /** False once the connection is closed: further output is dropped. */
  readonly isOpen: boolean;
  /** Returns the buffer for replies, which are written as whole frames and sent together at the end of the tick. */
  output(): JuteWriter;
  /** Sends the written output, then closes. */
  end(): void;
  /** Closes at once because of a request of the client, and logs the reason. */
  fail(reason: unknown): void;
}
