import { PASSWORD_BYTES } from "@conclave/protocol";

/**
 * What a server must be shown to go on with a session, from another process or later: `connect(…, { session })`. Whoever has
 * it is the session. The password is a secret, and is not among what `util.inspect`, `JSON.stringify` and loggers show;
 * {@link SavedSession.serialize} writes it out.
 */
export class SavedSession {
  readonly id: bigint;
  readonly #password: Uint8Array;

  /** Throws a `TypeError` for what is no session: its id is not 0, its password has 16 bytes. */
  constructor(id: bigint, password: Uint8Array) {
    if (typeof id !== "bigint" || id === 0n || BigInt.asIntN(64, id) !== id) {
      throw new TypeError(`${String(id)} is not the id of a session`);
    }
    if (!(password instanceof Uint8Array) || password.length !== PASSWORD_BYTES) {
      throw new TypeError(`the password of a session is ${PASSWORD_BYTES} bytes`);
    }
    this.id = id;
    this.#password = Uint8Array.from(password);
  }

  /** A copy. */
  get password(): Uint8Array {
    return Uint8Array.from(this.#password);
  }

  /** Text that {@link SavedSession.parse} reads. It contains the password. */
  serialize(): string {
    return `${this.toString()}:${Buffer.from(this.#password).toString("base64")}`;
  }

  /** Reads what `serialize` wrote. Throws a `TypeError` for anything else. */
  static parse(text: string): SavedSession {
    const match = /^0x([0-9a-f]{1,16}):([A-Za-z0-9+/]{22}==)$/.exec(text);
    if (match === null) throw new TypeError("this is not a saved session");
    const [, id = "", password = ""] = match;
    return new SavedSession(BigInt.asIntN(64, BigInt(`0x${id}`)), Uint8Array.from(Buffer.from(password, "base64")));
  }

  /** The id, as servers log it. */
  toString(): string {
    return `0x${BigInt.asUintN(64, this.id).toString(16)}`;
  }

  /** The id only. */
  toJSON(): { readonly id: string } {
    return { id: this.toString() };
  }
}
