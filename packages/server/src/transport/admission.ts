/** Limits of the number of connections; 0: no limit. */
export interface AdmissionLimits {
  readonly perAddress: number;
  readonly inAll: number;
}

/** Counts the connections of all ports, and says whether one more may come. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perAddress = new Map<string, number>();
  #inAll = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Why a connection from this address may not come; `undefined` if it may, and is counted: {@link leave} must follow. */
  enter(address: string): string | undefined {
    const { perAddress, inAll } = this.#limits;
    const sameAddress = this.#perAddress.get(address) ?? 0;
    if (inAll > 0 && this.#inAll >= inAll) return `${inAll} connections in all are allowed`;
    if (perAddress > 0 && sameAddress >= perAddress) return `${perAddress} connections from one address are allowed`;
    this.#perAddress.set(address, sameAddress + 1);
    this.#inAll++;
    return undefined;
  }

  leave(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
    this.#inAll--;
  }
}
