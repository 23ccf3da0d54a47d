import type { HandlerOptions } from "./handler-options.js";
import { roleDecorator } from "./role.js";

/**
 * Calls a method with who is in a group: a {@link MembershipChange}. First with everybody who is there, as soon as that is
 * known after the app's bootstrap, then after each change. One call at a time: what changes while the method works is told
 * in one further call. An error of it is logged.
 *
 * Following a group does not join it: `ConclaveModule.forFeature({ groups: [{ name, join: … }] })` does. While the
 * connection is lost nothing is told, and afterwards all that happened in the meantime.
 *
 * For singletons: a request follows nothing.
 */
export function OnMembershipChange(group: string, { connection }: HandlerOptions = {}): MethodDecorator {
  return roleDecorator({ kind: "onMembershipChange", name: group, connection });
}
