import type { HandlerOptions } from "./handler-options.js";
import { type Role, roleDecorator } from "./role.js";

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
