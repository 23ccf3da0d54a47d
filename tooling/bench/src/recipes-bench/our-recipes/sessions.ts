import { connect, type ZooKeeper } from "@conclave/client";

const TIMEOUT_MS = 30_000;

/** Sessions that stay open until the process ends. */
export class Sessions {
  readonly #open = new Map<string, ZooKeeper[]>();

  /** Returns `count` sessions of a server; existing ones are used again. */
  async of(server: string, count: number): Promise<readonly ZooKeeper[]> {
    const known = this.#open.get(server) ?? [];
    this.#open.set(server, known);
    while (known.length < count) known.push(await this.connect(server));
    return known.slice(0, count);
  }

  connect(server: string, sessionTimeoutMs: number = TIMEOUT_MS): Promise<ZooKeeper> {
    return connect(server, { sessionTimeoutMs, connectTimeoutMs: TIMEOUT_MS });
  }
}
