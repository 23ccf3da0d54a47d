import { ServiceUnavailableException } from "@nestjs/common";
import { conclaveOf, injectConclave } from "../connection/injection.js";
import { runUnder } from "../exclusive/current-grant.js";
import { parametersOf, withGrant } from "./grant-parameter.js";
import { replaceMethod } from "./replace-method.js";
import { addRole } from "./role.js";

/** Options of `@LeaderOnly`. */
export interface LeaderOnlyOptions {
  /**
   * Behaviour of a call in a process that does not lead. `skip`: the method does not run; the result is `undefined`. `throw`:
   * throws a {@link NotLeaderError}, which answers 503 on an HTTP route.
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
 * Runs the method only in the process that leads `election`. The decorator makes the process a candidate. Deciding costs no
 * round trip.
 *
 * The method gets its own arguments; results and errors reach the caller unchanged. Inside, `currentGrant()`, or a parameter
 * with `@Grant()`, is the leadership: its `signal` aborts when it is lost, and its `fencingToken` belongs to every write of
 * the method. The process keeps its place in the wait queue until the promises of its running methods have settled, so a
 * method has to end when the signal aborts.
 *
 * It works above or below `@Cron`, `@Get`, … on methods of providers and controllers of any scope, if Nest itself makes their
 * instances (not `useFactory` or `useValue`).
 */
export function LeaderOnly(election: string, options: LeaderOnlyOptions = {}): MethodDecorator {
  const { otherwise = "skip", connection } = options;
  return (prototype, key, descriptor) => {
    const name = `@LeaderOnly("${election}")`;
    const labels = { kind: "leader", method: `${prototype.constructor.name}.${String(key)}` };
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
 * Thrown by a `@LeaderOnly` method with `otherwise: "throw"` in a process that does not lead. It answers 503 on an HTTP route.
 */
export class NotLeaderError extends ServiceUnavailableException {
  /** Name of the election. */
  readonly election: string;

  constructor(election: string) {
    super(`This process does not lead "${election}"`);
    this.election = election;
  }
}
