import type { Chroot } from "../chroot.js";
import type { SessionState } from "../session/session-state.js";
import type { WatchRegistry } from "../watches/watch-registry.js";
import type { Call } from "./pending-operation.js";

/** Sends a call; rejects its promise if that is impossible. */
export type Submit = <Request, Response, Result>(call: Call<Request, Response, Result>) => Promise<Result>;

/** Parts of the client that the operations use. */
export interface Requests {
  readonly chroot: Chroot;
  readonly watches: WatchRegistry;
  readonly submit: Submit;
  state(): SessionState;
}
