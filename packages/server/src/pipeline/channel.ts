import type { Id, JuteWriter } from "@conclave/protocol";
import type { Session } from "../sessions/session.js";
import type { Watcher } from "../tree/watch-table.js";
import type { RequestOrder } from "./request-order.js";
import type { RequestStatistics } from "./request-statistics.js";

/** A client's connection as the pipeline sees it: whom to answer, and to whom events go. */
export interface Channel extends Watcher {
  /** Who the client has proved to be. */
  readonly ids: readonly Id[];
  /** The ids that decide what it may do: its own, or everybody's where ACLs are not checked (`skipACL`). */
  readonly rights: readonly Id[];
  /** Adds what the client has proved. */
  addIds(ids: readonly Id[]): void;
  /** `undefined` until the handshake is answered. */
  readonly session: Session | undefined;
  readonly order: RequestOrder;
  readonly statistics: RequestStatistics;
  /** False once it is closed: what is written then goes nowhere. */
  readonly isOpen: boolean;
  /** Where replies are written, as whole frames; they leave with all others of the same tick. */
  output(): JuteWriter;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once, because of what its client asked for; says so in the log. */
  fail(reason: unknown): void;
}
