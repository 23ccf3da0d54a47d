import type { HandlerOptions } from "./handler-options.js";
import { roleDecorator } from "./role.js";

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
