import type { SessionState } from "../api/zookeeper-events.js";
import type { Chroot } from "../paths/chroot.js";
import type { Call } from "../requests/pending-operation.js";
import type { WatchRegistry } from "../watches/watch-registry.js";

/** Sends a call; rejects its promise if that is impossible. */
export type Submit = <Request, Response, Result>(call: Call<Request, Response, Result>) => Promise<Result>;

/** Parts of the client that the operations use. */
export interface OperationContext {
  readonly chroot: Chroot;
  readonly watches: WatchRegistry;
  readonly submit: Submit;
  /** Default of `linearizable` in the options of a read. */
  readonly linearizableReads: boolean;
  state(): SessionState;
}
