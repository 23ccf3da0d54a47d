import { StableNames } from "../wire/stable-names.ts";
import { type Handshake, WireClient } from "../wire/wire-client.ts";
import { type Field, long } from "../wire/wire-field.ts";
import { closeSession } from "../wire/wire-request.ts";

/** Connections of one scenario, and their common transcript. */
export class ScenarioContext {
  readonly #address: string;
  readonly #base: bigint;
  readonly #names: StableNames;
  readonly #clients: WireClient[] = [];
  readonly #lines: string[] = [];

  /** @param base the last zxid before the scenario */
  constructor(address: string, base: bigint) {
    this.#address = address;
    this.#base = base;
    this.#names = new StableNames(base);
  }

  /** Everything sent and received, one line each, in the order of the scenario. */
  get transcript(): readonly string[] {
    return this.#lines;
  }

  /** Opens a connection without a handshake. The first one is called `A`. */
  dial(): WireClient {
    const name = String.fromCharCode("A".charCodeAt(0) + this.#clients.length);
    const client = new WireClient(name, this.#address, this.#names, (line) => this.#lines.push(line));
    this.#clients.push(client);
    return client;
  }

  /** Opens a connection and sends a handshake: for a new session, with the fields of `handshake` replaced. */
  async connect(handshake: Partial<Handshake> = {}): Promise<WireClient> {
    const client = this.dial();
    await client.handshake(handshake);
    return client;
  }

  /** Returns a zxid by its distance from the last one before the scenario. */
  zxid(distance: number): Field {
    return long(this.#base + BigInt(distance), `+${distance}`);
  }

  /** Records the last zxid: failed writes take one too, and show it in no reply. */
  noteZxid(zxid: bigint): void {
    this.#lines.push(`zxid ${this.#names.zxid(zxid)}`);
  }

  /**
   * Closes all connections and the sessions that are still open: a session that expires later would take a zxid in the middle
   * of another scenario.
   */
  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const client of this.#clients) {
      if (client.leavesSession) await endSession(this.#address, client.credentials);
    }
  }
}

async function endSession(address: string, credentials: Partial<Handshake>): Promise<void> {
  const client = new WireClient("", address, new StableNames(0n), () => {});
  await client.handshake(credentials);
  await client.ask(closeSession);
  client.destroy();
}
