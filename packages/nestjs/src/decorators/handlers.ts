import { type Codec, textCodec } from "@conclave/client";
import { type HandlerOptions, type Role, roleDecorator } from "./role.js";

/**
 * Calls a method, with the `Leadership`, each time that this process is elected; the process stands in the election
 * because the decorator names it. It may run for as long as it leads: it has to end when the leadership's signal aborts.
 * An error of it is logged and does not end the leadership.
 *
 * For singletons: a request has no elections.
 */
export function OnElected(election: string, options: HandlerOptions = {}): MethodDecorator {
  return handler("onElected", election, options);
}

/**
 * Calls a method, with the `Leadership` that ended, each time that this process has lost or given back a leadership for
 * whose beginning `@OnElected` was due; `leadership.signal.reason.code` tells why. The process stands again after the
 * method has ended. An error of it is logged.
 *
 * For singletons: a request has no elections.
 */
export function OnRevoked(election: string, options: HandlerOptions = {}): MethodDecorator {
  return handler("onRevoked", election, options);
}

function handler(kind: Role["kind"], name: string, { connection }: HandlerOptions): MethodDecorator {
  return roleDecorator({ kind, name, connection });
}

/**
 * Calls a method with the members of a group, as a {@link MembershipChange}: after the app's bootstrap as soon as all of them
 * are known, then after each change. One call at a time: changes that come while the method works are given in one further
 * call. An error of the method is logged.
 *
 * Following a group does not join it: `ConclaveModule.forFeature({ groups: [{ name, join: … }] })` does. An app that joins
 * is among the members in every call. While the connection is lost, and until the app has joined again and all members are
 * known again, the method is not called; then it gets all that has changed. (Where another session keeps the app's id, calls
 * wait for one session timeout, and come without the app.)
 *
 * Only singletons are called.
 */
export function OnMembershipChange(group: string, { connection }: HandlerOptions = {}): MethodDecorator {
  return roleDecorator({ kind: "onMembershipChange", name: group, connection });
}

/** How a `@WatchNode` method is bound. */
export interface WatchNodeOptions extends HandlerOptions {
  /**
   * What the znode holds, as in `jsonCodec(schema)`.
   * @default textCodec
   */
  readonly codec?: Codec<unknown> | undefined;
}

/**
 * Calls a method with what a znode is, a `CachedNode`, or `undefined` where it is not there: as soon as that is known after
 * the app's bootstrap, then after each change. One call at a time: of what changes while the method works, it is told the
 * last. What the codec cannot read is logged and not told; that it is gone is. An error of the method is logged.
 *
 * For singletons: a request follows nothing.
 */
export function WatchNode(path: string, { connection, codec }: WatchNodeOptions = {}): MethodDecorator {
  return roleDecorator({ kind: "watchNode", name: path, connection, codec: codec ?? textCodec });
}
