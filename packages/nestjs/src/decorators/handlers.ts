import { type Codec, textCodec } from "@conclave/client";
import { type HandlerOptions, type Role, roleDecorator } from "./role.js";

/**
 * Calls a method with the `Leadership` each time this process is elected. The decorator makes the process a candidate. The
 * method may run for as long as the process leads, and has to end when the leadership's signal aborts. Its errors are logged
 * and do not end the leadership.
 *
 * Only singletons are called.
 */
export function OnElected(election: string, options: HandlerOptions = {}): MethodDecorator {
  return handler("onElected", election, options);
}

/**
 * Calls a method with the `Leadership` that ended, each time this process has lost or released one; the reason is in
 * `leadership.signal.reason.code`. The process becomes a candidate again after the method has ended. Its errors are logged.
 *
 * Only singletons are called.
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

/** Options of `@WatchNode`. */
export interface WatchNodeOptions extends HandlerOptions {
  /**
   * Codec of the znode's data, as in `jsonCodec(schema)`.
   * @default textCodec
   */
  readonly codec?: Codec<unknown> | undefined;
}

/**
 * Calls a method with a znode, as a `CachedNode`, or `undefined` where there is none: after the app's bootstrap as soon as it
 * was read, then after each change. One call at a time: of the changes that come while the method works, it gets the last.
 * Data that the codec cannot read is logged, and the method is not called; it is called when the znode is deleted. Errors of
 * the method are logged.
 *
 * Only singletons are called.
 */
export function WatchNode(path: string, { connection, codec }: WatchNodeOptions = {}): MethodDecorator {
  return roleDecorator({ kind: "watchNode", name: path, connection, codec: codec ?? textCodec });
}
