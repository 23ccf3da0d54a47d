import { addRole, type ElectionRole } from "./election-role.js";

/** How an `@OnElected` or `@OnRevoked` method is bound. */
export interface ElectionHandlerOptions {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

/**
 * Calls a method, with the `Leadership`, each time that this process is elected; the process stands in the election
 * because the decorator names it. It may run for as long as it leads: it has to end when the leadership's signal aborts.
 * An error of it is logged and does not end the leadership.
 *
 * For singletons: a request has no elections.
 */
export function OnElected(election: string, options: ElectionHandlerOptions = {}): MethodDecorator {
  return handler("onElected", election, options);
}

/**
 * Calls a method, with the `Leadership` that ended, each time that this process has lost or given back a leadership for
 * whose beginning `@OnElected` was due; `leadership.signal.reason.code` tells why. The process stands again after the
 * method has ended. An error of it is logged.
 *
 * For singletons: a request has no elections.
 */
export function OnRevoked(election: string, options: ElectionHandlerOptions = {}): MethodDecorator {
  return handler("onRevoked", election, options);
}

function handler(
  kind: ElectionRole["kind"],
  election: string,
  { connection }: ElectionHandlerOptions,
): MethodDecorator {
  return (prototype, method) => addRole(prototype, { kind, election, connection, method });
}
