import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** Types of events (org.apache.zookeeper.Watcher.Event.EventType). */
export const EventType = {
  NONE: -1,
  NODE_CREATED: 1,
  NODE_DELETED: 2,
  NODE_DATA_CHANGED: 3,
  NODE_CHILDREN_CHANGED: 4,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** State of the session as events carry it (org.apache.zookeeper.Watcher.Event.KeeperState). Servers send SYNC_CONNECTED only. */
export const KeeperState = {
  DISCONNECTED: 0,
  SYNC_CONNECTED: 3,
  AUTH_FAILED: 4,
  CONNECTED_READ_ONLY: 5,
  SASL_AUTHENTICATED: 6,
  EXPIRED: -112,
  CLOSED: 7,
} as const;

/** WatcherEvent {int type, int state, ustring path}: the body of a frame with the xid -1. */
export interface WatcherEvent {
  readonly type: number;
  readonly state: number;
  readonly path: string;
}

/** Writes the body of an event; the header before it has the xid -1. */
export function writeWatcherEvent(out: JuteWriter, event: WatcherEvent): void {
  out.writeInt(event.type);
  out.writeInt(event.state);
  out.writeString(event.path);
}

/** Reads an event; its type and state may be unknown to this version. @throws ProtocolError where the bytes end too early. */
export function readWatcherEvent(input: JuteReader): WatcherEvent {
  return { type: input.readInt(), state: input.readInt(), path: input.readString() };
}
