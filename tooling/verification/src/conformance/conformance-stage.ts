import { StableNames } from "./stable-names.ts";
import { type Handshake, WireClient } from "./wire-client.ts";
import { type Field, long } from "./wire-field.ts";
import { closeSession } from "./wire-request.ts";

/** Where one scenario plays: its connections, and the transcript of them all. */
export class ConformanceStage {
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

  /** What was sent and what came, a line each, in the order of the script. */
  get transcript(): readonly string[] {
    return this.#lines;
  }

  /** A connection that has said nothing yet. The first is `A`. */
  dial(): WireClient {
    const name = String.fromCharCode("A".charCodeAt(0) + this.#clients.length);
    const client = new WireClient(name, this.#address, this.#names, (line) => this.#lines.push(line));
    this.#clients.push(client);
    return client;
  }

  /** A connection and its session: a new one, but for what `handshake` says. */
  async connect(handshake: Partial<Handshake> = {}): Promise<WireClient> {
    const client = this.dial();
    await client.handshake(handshake);
    return client;
  }

  /** A zxid by its distance from the last one before the scenario. */
  zxid(distance: number): Field {
    return long(this.#base + BigInt(distance), `+${distance}`);
  }

  /** Notes how far the zxid has come, which failed writes show in nothing else. */
  noteZxid(zxid: bigint): void {
    this.#lines.push(`zxid ${this.#names.zxid(zxid)}`);
  }

  /**
   * Ends all connections, and the sessions that they leave: one that expired by itself would take a zxid in the middle of
   * a later scenario.
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
