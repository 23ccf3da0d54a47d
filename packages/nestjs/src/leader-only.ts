import { Inject } from "@nestjs/common";
import type { ConclaveService } from "./conclave-service.js";
import { getConclaveToken } from "./conclave-token.js";
import { runUnder } from "./current-grant.js";
import { addRole } from "./election-role.js";
import { NotLeaderError } from "./not-leader-error.js";
import { replaceMethod } from "./replace-method.js";

/** How a `@LeaderOnly` method behaves. */
export interface LeaderOnlyOptions {
  /**
   * What a call does in a process that does not lead: nothing, with the result `undefined`, or throw a
   * {@link NotLeaderError}, which answers 503 on an HTTP route.
   * @default "skip"
   */
  readonly otherwise?: "skip" | "throw" | undefined;
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

/**
 * Has a method run only in the process that leads the election `election`; a process stands in it because a decorator
 * names it. Deciding costs no round trip.
 *
 * The method gets its own arguments; its result and its errors are the caller's, unchanged. Inside, `currentGrant()` is
 * the leadership: its `signal` aborts when it is lost, and its `fencingToken` belongs with whatever the method writes.
 * The process keeps its place in line until the promises of its running methods have settled, so a method has to end
 * when the signal aborts.
 *
 * It stands above or below `@Cron`, `@Get`, … on methods of providers and controllers of any scope, whose instances Nest
 * itself makes (not `useFactory` or `useValue`).
 */
export function LeaderOnly(election: string, options: LeaderOnlyOptions = {}): MethodDecorator {
  const { otherwise = "skip", connection } = options;
  return (prototype, key, descriptor) => {
    const name = `@LeaderOnly("${election}")`;
    replaceMethod(
      name,
      prototype,
      key,
      descriptor,
      (method) =>
        function leaderOnly(...args) {
          const conclave = (this as Record<symbol, ConclaveService | undefined>)[injectedBy(connection)];
          if (conclave === undefined) {
            throw new Error(`${name} on ${String(key)} needs Nest to make the instance, in an app with ConclaveModule`);
          }
          return conclave.election(election).ifLeader(
            (leadership) => runUnder(leadership, () => method.apply(this, args)),
            () => {
              if (otherwise === "throw") throw new NotLeaderError(election);
            },
          );
        },
    );
    addRole(prototype, { kind: "leaderOnly", election, connection, method: key });
    Inject(getConclaveToken(connection))(prototype, injectedBy(connection));
  };
}

/** The property under which Nest gives an instance its connection. */
function injectedBy(connection: string | undefined): symbol {
  return Symbol.for(connection === undefined ? "conclave" : `conclave:${connection}`);
}
