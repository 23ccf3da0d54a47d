import { JuteWriter, KeeperState, writeReplyHeader, writeWatcherEvent, Xid } from "@conclave/protocol";

/** Encodes watch events. Consecutive watchers of one event share the same bytes. */
export class EventFrames {
  readonly #out = new JuteWriter();
  #type = 0;
  #path = "";
  #zxid = 0n;
  #frame: Buffer | undefined;

  /** Not to be written to: others send it too. A Buffer, for a socket makes one of anything else, each time. */
  frameOf(type: number, path: string, zxid: bigint): Buffer {
    if (this.#frame !== undefined && type === this.#type && zxid === this.#zxid && path === this.#path) {
      return this.#frame;
    }
    this.#out.beginFrame();
    writeReplyHeader(this.#out, Xid.notification, zxid, 0);
    writeWatcherEvent(this.#out, { type, state: KeeperState.SYNC_CONNECTED, path });
    this.#out.endFrame();
    this.#type = type;
    this.#path = path;
    this.#zxid = zxid;
    const { buffer, byteOffset, byteLength } = this.#out.take();
    this.#frame = Buffer.from(buffer, byteOffset, byteLength);
    return this.#frame;
  }
}
