import { showBytes } from "./show-bytes.ts";

/** Largest difference between the clocks of server and test. */
const HOUR_MS = 3_600_000n;

/**
 * Replaces times and ids, which differ in every run: zxids by their distance from the last one before the scenario, sessions
 * and passwords by the connection that received them first, times by `time`. Other values (an old time, an unknown session)
 * are kept.
 */
export class StableNames {
  readonly #base: bigint;
  readonly #sessions = new Map<bigint, string>();
  readonly #passwords = new Map<string, string>();

  /** @param base the last zxid before the scenario */
  constructor(base: bigint) {
    this.#base = base;
  }

  /** Names a session and its password after its connection. */
  learn(connection: string, session: bigint, password: Uint8Array): void {
    if (session === 0n || this.#sessions.has(session)) return;
    this.#sessions.set(session, `session-${connection}`);
    this.#passwords.set(Buffer.from(password).toString("hex"), `password-${connection}`);
  }

  zxid(value: bigint): string {
    if (value <= 0n) return String(value);
    const distance = value - this.#base;
    return distance < 0n ? String(distance) : `+${distance}`;
  }

  session(value: bigint): string {
    return this.#sessions.get(value) ?? String(value);
  }

  password(bytes: Uint8Array): string {
    return this.#passwords.get(Buffer.from(bytes).toString("hex")) ?? showBytes(bytes);
  }

  time(value: bigint): string {
    const age = BigInt(Date.now()) - value;
    return age > -HOUR_MS && age < HOUR_MS ? "time" : String(value);
  }
}
