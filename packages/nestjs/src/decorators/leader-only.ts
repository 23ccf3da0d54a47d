import { ServiceUnavailableException } from "@nestjs/common";
import { conclaveOf, injectConclave } from "../connection/injection.js";
import { runUnder } from "../exclusive/current-grant.js";
import { parametersOf, withGrant } from "./grant-parameter.js";
import { replaceMethod } from "./replace-method.js";
import { addRole } from "./role.js";

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
 * The method gets its own arguments; its result and its errors are the caller's, unchanged. Inside, `currentGrant()`, or
 * the parameter that `@Grant()` stands on, is the leadership: its `signal` aborts when it is lost, and its `fencingToken` belongs with whatever the method writes.
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
    const labels = { guard: "leader", method: `${prototype.constructor.name}.${String(key)}` };
    const [ran, busy] = [
      { ...labels, outcome: "ran" },
      { ...labels, outcome: "busy" },
    ];
    const grantAt = parametersOf(prototype, key);
    replaceMethod(
      name,
      prototype,
      key,
      descriptor,
      (method) =>
        function leaderOnly(...args) {
          const conclave = conclaveOf(this, connection, name, key);
          return conclave.election(election).ifLeader(
            (leadership) => {
              conclave.meter.count("nestjs_calls", 1, ran);
              return runUnder(leadership, () => method.apply(this, [...withGrant(args, grantAt, leadership)]));
            },
            () => {
              conclave.meter.count("nestjs_calls", 1, busy);
              if (otherwise === "throw") throw new NotLeaderError(election);
            },
          );
        },
    );
    addRole(prototype, { kind: "leaderOnly", name: election, connection, method: key });
    injectConclave(prototype, connection);
  };
}

/**
 * A `@LeaderOnly` method with `otherwise: "throw"` was called where this process does not lead. On an HTTP route it
 * answers 503.
 */
export class NotLeaderError extends ServiceUnavailableException {
  /** The election that this process does not lead. */
  readonly election: string;

  constructor(election: string) {
    super(`This process does not lead "${election}"`);
    this.election = election;
  }
}
