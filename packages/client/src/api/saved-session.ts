import { PASSWORD_BYTES } from "@conclave/protocol";

/**
 * Id and password of a session, with which `connect(…, { session })` resumes it later or in another process. It gives
 * full control of the session. `util.inspect`, `JSON.stringify` and loggers do not show the password; {@link
 * SavedSession.serialize} returns it.
 */
export class SavedSession {
  readonly id: bigint;
  readonly #password: Uint8Array;

  /** Throws a `TypeError` unless the id is a signed 64-bit integer other than 0, and the password has 16 bytes. */
  constructor(id: bigint, password: Uint8Array) {
    if (typeof id !== "bigint" || id === 0n || BigInt.asIntN(64, id) !== id) {
      throw new TypeError(`${String(id)} is not a session id`);
    }
    if (!(password instanceof Uint8Array) || password.length !== PASSWORD_BYTES) {
      throw new TypeError(`the password of a session must have ${PASSWORD_BYTES} bytes`);
    }
    this.id = id;
    this.#password = Uint8Array.from(password);
  }

  /** Copy of the password. */
  get password(): Uint8Array {
    return Uint8Array.from(this.#password);
  }

  /** Returns text that {@link SavedSession.parse} reads. It contains the password. */
  serialize(): string {
    return `${this.toString()}:${Buffer.from(this.#password).toString("base64")}`;
  }

  /** Parses the text of `serialize`. Throws a `TypeError` for any other text. */
  static parse(text: string): SavedSession {
    const match = /^0x([0-9a-f]{1,16}):([A-Za-z0-9+/]{22}==)$/.exec(text);
    if (match === null)
      throw new TypeError("the text is not a serialized session: expected the output of SavedSession.serialize()");
    const [, id = "", password = ""] = match;
    return new SavedSession(BigInt.asIntN(64, BigInt(`0x${id}`)), Uint8Array.from(Buffer.from(password, "base64")));
  }

  /** Returns the id in hexadecimal, as servers log it. */
  toString(): string {
    return `0x${BigInt.asUintN(64, this.id).toString(16)}`;
  }

  /** Returns the id only. */
  toJSON(): { readonly id: string } {
    return { id: this.toString() };
  }
}
