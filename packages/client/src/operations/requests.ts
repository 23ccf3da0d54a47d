import type { Chroot } from "../chroot.js";
import type { SessionState } from "../session/session-state.js";
import type { WatchRegistry } from "../watches/watch-registry.js";
import type { Call } from "./pending-operation.js";

/** Sends a call, or rejects its promise. */
export type Submit = <Request, Response, Result>(call: Call<Request, Response, Result>) => Promise<Result>;

/** What the groups of operations are built on. */
export interface Requests {
  readonly chroot: Chroot;
  readonly watches: WatchRegistry;
  readonly submit: Submit;
  state(): SessionState;
}
