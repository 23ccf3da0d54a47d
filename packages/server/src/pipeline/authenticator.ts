import type { AuthPacket, ErrorCode, Id } from "@conclave/protocol";
import type { Channel } from "./channel.js";

/** Result of a step of SASL. */
export interface SaslAnswer {
  readonly err: ErrorCode;
  readonly token: Uint8Array | null;
  /** Ids that the client has authenticated by this step. */
  readonly ids: readonly Id[];
}

/** Authenticates clients. */
export interface Authenticator {
  /** Returns the ids that credentials prove; `undefined` if they are refused. */
  authenticate(channel: Channel, credentials: AuthPacket): readonly Id[] | undefined;
  /** The next step of a client's SASL exchange. */
  sasl(channel: Channel, token: Uint8Array): SaslAnswer;
  /** Clients must prove an id of one of these schemes before they ask for anything; `undefined`: they need not. */
  readonly required: ReadonlySet<string> | undefined;
}
