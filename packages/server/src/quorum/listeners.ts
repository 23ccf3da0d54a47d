import type { Listener, ListenOptions, Network, PortAddress } from "./network.js";

export interface ListenersOptions extends Omit<ListenOptions, keyof PortAddress> {
  readonly network: Network;
}

/** An address that cannot be used. */
export interface ListenFailure {
  readonly address: PortAddress;
  readonly error: Error;
}

/** One port at several addresses, which may change. A server that is reachable through several networks has an address in each. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #open = new Map<string, Listener>();

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** True if it listens at one address at least. */
  get isListening(): boolean {
    return this.#open.size > 0;
  }

  /** Port at the first address; 0 before there is one. */
  get port(): number {
    const [first] = this.#open.values();
    return first?.port ?? 0;
  }

  /**
   * Listens at these addresses, and no longer at others; connections stay. Returns those that cannot be used: call again to try
   * them again. If none can be used, the former ones stay.
   */
  async use(addresses: readonly PortAddress[]): Promise<readonly ListenFailure[]> {
    const { network, ...options } = this.#options;
    const wanted = new Map(addresses.map((address) => [`${address.host}:${address.port}`, address]));
    const failures: ListenFailure[] = [];
    for (const [key, address] of wanted) {
      if (this.#open.has(key)) continue;
      try {
        this.#open.set(key, await network.listen({ ...options, ...address }));
      } catch (error) {
        failures.push({ address, error: error as Error });
      }
    }
    if (failures.length === wanted.size) return failures;
    for (const [key, listener] of this.#open) {
      if (wanted.has(key)) continue;
      this.#open.delete(key);
      // Resolves only when its connections end, which are used on.
      void listener.close();
    }
    return failures;
  }

  /** Accepts no further connection. Resolves when the accepted ones of the present addresses have ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((listener) => listener.close()));
  }
}
