import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const ip = (...words: string[]): Promise<unknown> => run("ip", words);

/** A hardware address that no interface has: frames to it are lost without an error at the sender. */
const NOWHERE = "02:00:00:00:00:01";

/**
 * A network namespace for each member, joined by a bridge: the kernel's own TCP, whose packets are lost when a fault says so.
 * Connections stay open meanwhile, as they do when a switch fails. Needs Linux, root and the program `ip`.
 */
export class MemberNetwork implements AsyncDisposable {
  readonly #prefix: string;
  readonly #subnet: string;
  readonly #size: number;

  private constructor(size: number) {
    this.#prefix = `cf${process.pid}`;
    this.#subnet = `10.${64 + (process.pid % 128)}.${Math.floor(process.pid / 128) % 256}`;
    this.#size = size;
  }

  /** Resolves with the network of members 1 to `size`, or with the reason why this machine cannot have one. */
  static async open(size: number): Promise<MemberNetwork | string> {
    const network = new MemberNetwork(size);
    try {
      await network.#build();
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      return `no network namespaces (they need Linux, root and ip): ${(error as Error).message.trim()}`;
    }
  }

  /** Returns the address of a member, which this process can reach. */
  hostOf(id: number): string {
    return `${this.#subnet}.${id}`;
  }

  /** Returns the words before a command that run it in the namespace of a member. */
  commandPrefix(id: number): readonly string[] {
    return ["ip", "netns", "exec", this.#namespace(id)];
  }

  /** Loses all packets from one member to another, in this direction only. */
  async cut(from: number, to: number): Promise<void> {
    await ip(
      ...["-n", this.#namespace(from), "neigh", "replace", this.hostOf(to), "lladdr", NOWHERE],
      ...["dev", "eth0", "nud", "permanent"],
    );
  }

  /** Loses all packets between a member and everything else, clients included. */
  async unplug(id: number): Promise<void> {
    await ip("link", "set", this.#port(id), "down");
  }

  /** Ends all faults. */
  async heal(): Promise<void> {
    for (let id = 1; id <= this.#size; id++) {
      await ip("link", "set", this.#port(id), "up");
      for (let to = 1; to <= this.#size; to++) {
        if (to === id) continue;
        // Rejects if there is no entry, because nothing was cut or sent yet.
        await ip("-n", this.#namespace(id), "neigh", "del", this.hostOf(to), "dev", "eth0").catch(() => {});
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let id = 1; id <= this.#size; id++) await ip("netns", "del", this.#namespace(id)).catch(() => {});
    await ip("link", "del", this.#prefix).catch(() => {});
  }

  async #build(): Promise<void> {
    await ip("link", "add", this.#prefix, "type", "bridge");
    await ip("addr", "add", `${this.#subnet}.254/24`, "dev", this.#prefix);
    await ip("link", "set", this.#prefix, "up");
    for (let id = 1; id <= this.#size; id++) {
      const namespace = this.#namespace(id);
      await ip("netns", "add", namespace);
      await ip("link", "add", this.#port(id), "type", "veth", "peer", "name", "eth0", "netns", namespace);
      await ip("link", "set", this.#port(id), "master", this.#prefix, "up");
      await ip("-n", namespace, "addr", "add", `${this.hostOf(id)}/24`, "dev", "eth0");
      await ip("-n", namespace, "link", "set", "eth0", "up");
      await ip("-n", namespace, "link", "set", "lo", "up");
    }
  }

  #namespace(id: number): string {
    return `${this.#prefix}-${id}`;
  }

  /** Name of the bridge's end of a member's cable; at most 15 characters. */
  #port(id: number): string {
    return `${this.#prefix}p${id}`;
  }
}
