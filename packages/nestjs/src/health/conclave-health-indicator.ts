import { Injectable } from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import { type HealthIndicatorResult, HealthIndicatorService } from "@nestjs/terminus";
import type { ConclaveService } from "../connection/conclave-service.js";
import { getConclaveToken } from "../connection/injection.js";

/** Options of {@link ConclaveHealthIndicator.check}. */
export interface ConclaveHealthOptions {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}

/**
 * Reports the state of a connection to `@nestjs/terminus`, without a round trip.
 *
 * - `up`: connected.
 * - `degraded`: the connection or the session is lost and the client connects again by itself, or a server serves only reads.
 *   The app grants nothing meanwhile and serves everything else, so an outage of the ensemble does not fail the check of every
 *   process at once. (Terminus before 12.1 has no such status: it is `up` there, and `state` has the difference.)
 * - `down`: the client does not connect again. It is closed, or its session has expired and it creates no new one
 *   (`ConnectOptions.newSessionAfterExpiry`).
 *
 * The result also has the client's `state` and, where there is one, the `session`.
 */
@Injectable()
export class ConclaveHealthIndicator {
  readonly #health: HealthIndicatorService;
  readonly #modules: ModuleRef;

  constructor(health: HealthIndicatorService, modules: ModuleRef) {
    this.#health = health;
    this.#modules = modules;
  }

  check<const Key extends string = "conclave">(
    key: Key = "conclave" as Key,
    { connection }: ConclaveHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const token = getConclaveToken(connection) as string;
    const { client } = this.#modules.get<ConclaveService>(token, { strict: false });
    const { state, isReadOnly, session } = client;
    const data = { state, ...(isReadOnly && { isReadOnly }), ...(session && { session: session.toString() }) };
    const result = this.#health.check(key);
    if (state === "connected" && !isReadOnly) return result.up(data);
    if (state === "closed" || state === "expired") return result.down(data);
    return "degraded" in result ? result.degraded(data) : (result as UpResult<Key>).up(data);
  }
}

/** Result methods that all versions of terminus have. */
interface UpResult<Key extends string> {
  up(data: object): HealthIndicatorResult<Key>;
}
