import type { AuthPacket, ErrorCode, Id } from "@conclave/protocol";
import type { Channel } from "./channel.js";

/** What became of a step of SASL. */
export interface SaslAnswer {
  readonly err: ErrorCode;
  readonly token: Uint8Array | null;
  /** What the client has proved by it. */
  readonly ids: readonly Id[];
}

/** Finds out who clients are. */
export interface Authenticator {
  /** What credentials prove; `undefined` if nothing. */
  authenticate(channel: Channel, credentials: AuthPacket): readonly Id[] | undefined;
  /** The next step of a client's SASL exchange. */
  sasl(channel: Channel, token: Uint8Array): SaslAnswer;
  /** Clients must prove an id of one of these schemes before they ask for anything; `undefined`: they need not. */
  readonly required: ReadonlySet<string> | undefined;
}
