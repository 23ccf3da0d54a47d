import { decodeJavaUtf8 } from "../java-utf8.js";
import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";

/** States of a server in an ensemble, in the order of their numbers (server.quorum.QuorumPeer.ServerState). */
const PEER_STATES = ["looking", "following", "leading", "observing"] as const;

/** State of a server in an ensemble; `looking` for a leader, or the role that it has found. */
export type PeerState = (typeof PEER_STATES)[number];

/** Version of the notifications that servers since 3.5 send, with the sender's configuration. */
export const NOTIFICATION_VERSION = 2;

/** Largest frame of an election connection, in bytes, without its length (QuorumCnxManager.PACKETMAXSIZE). */
export const MAX_ELECTION_FRAME_BYTES = 524_288;

/**
 * Vote of a server, sent on an election connection in a frame of its own (server.quorum.FastLeaderElection).
 *
 *     28 bytes   int state, long leader, long zxid, long electionEpoch                   servers before 3.4
 *     40 bytes   … long peerEpoch, int                                                   3.4; the int is not read
 *     44 bytes   … long peerEpoch, int version, int length, configuration in UTF-8       version 2, since 3.5
 */
export interface Notification {
  /** State of the sender. */
  readonly state: PeerState;
  /** Id of the server voted for; -2^63 from a sender that may not vote. */
  readonly leader: bigint;
  /** The last zxid of the server voted for; -2^63 as for `leader`. */
  readonly zxid: bigint;
  /** The sender's round of election. */
  readonly electionEpoch: bigint;
  /** The epoch of the server voted for; -2^63 as for `leader`. The epoch of the zxid if the sender sends none. */
  readonly peerEpoch: bigint;
  /** 0 in the forms of 28 and 40 bytes. */
  readonly version: number;
  /** Text of the sender's configuration, from version 2 on. */
  readonly config: string | undefined;
}

/** A notification as this version sends it. */
export type SentNotification = Omit<Notification, "version" | "config"> & { readonly config: string };

/** Writes a notification of version 2, without the frame's length. */
export function writeNotification(out: JuteWriter, notification: SentNotification): void {
  out.writeInt(PEER_STATES.indexOf(notification.state));
  out.writeLong(notification.leader);
  out.writeLong(notification.zxid);
  out.writeLong(notification.electionEpoch);
  out.writeLong(notification.peerEpoch);
  out.writeInt(NOTIFICATION_VERSION);
  out.writeBuffer(new TextEncoder().encode(notification.config));
}

/** Lengths of the forms without a configuration. */
const BYTES_BEFORE_PEER_EPOCH = 28;
const BYTES_BEFORE_VERSION = 40;
/** Bytes of version 2 before the configuration. */
const BYTES_BEFORE_CONFIG = 44;

/**
 * Reads the notification that fills the input. Bytes after the configuration are ignored, as in Java.
 *
 * @throws ProtocolError for another length or state, for a version below 2 in the long form, and for a configuration beyond the
 * end. Apache's servers skip such a notification and keep the connection.
 */
export function readNotification(input: JuteReader): Notification {
  const length = input.remaining;
  const hasPeerEpoch = length !== BYTES_BEFORE_PEER_EPOCH;
  const hasConfig = length >= BYTES_BEFORE_CONFIG;
  if (hasPeerEpoch && !hasConfig && length !== BYTES_BEFORE_VERSION) {
    throw new ProtocolError("malformed", `a notification of ${length} bytes`);
  }
  const state = readState(input);
  const leader = input.readLong();
  const zxid = input.readLong();
  const electionEpoch = input.readLong();
  const peerEpoch = hasPeerEpoch ? input.readLong() : zxid >> 32n;
  const version = hasConfig ? readVersion(input) : 0;
  const config = hasConfig ? readConfig(input) : undefined;
  return { state, leader, zxid, electionEpoch, peerEpoch, version, config };
}

function readState(input: JuteReader): PeerState {
  const number = input.readInt();
  const state = PEER_STATES[number];
  if (state === undefined) throw new ProtocolError("malformed", `a notification with state ${number}`);
  return state;
}

function readVersion(input: JuteReader): number {
  const version = input.readInt();
  if (version < NOTIFICATION_VERSION) {
    throw new ProtocolError("malformed", `a notification of version ${version} with a configuration`);
  }
  return version;
}

function readConfig(input: JuteReader): string {
  const bytes = input.readBuffer();
  if (bytes === null) throw new ProtocolError("malformed", "a notification with a null configuration");
  return decodeJavaUtf8(bytes, 0, bytes.length);
}
