import { counterOf, epochOf } from "../../src/tree/zxid.js";
import type { ModelServer } from "./model-server.js";
import { zxidText } from "./zab-text.js";

const formatZxids = (zxids: readonly bigint[]): string => zxids.map(zxidText).join(" ");

/** Everything that servers have promised to the outside, and the checks of the invariants of Zab. Each throws an `Error`. */
export class ModelInvariants {
  /** All records that were ever committed, in order. */
  readonly committed: bigint[] = [];
  readonly #servers: readonly ModelServer[];
  readonly #leaders = new Map<number, bigint>();
  readonly #histories = new Map<number, readonly bigint[]>();

  constructor(servers: readonly ModelServer[]) {
    this.#servers = servers;
  }

  /** Number of epochs in which a leader was established. */
  get epochs(): number {
    return this.#leaders.size;
  }

  /** A leader begins an epoch with this history. */
  begins(epoch: number, zxids: readonly bigint[]): void {
    this.#histories.set(epoch, [...zxids]);
  }

  /** An epoch has one leader at most, and it has every committed record. */
  established({ id, disk }: ModelServer, epoch: number): void {
    const former = this.#leaders.get(epoch);
    if (former !== undefined && former !== id) throw new Error(`${former} and ${id} lead epoch ${epoch}`);
    this.#leaders.set(epoch, id);
    const missing = this.committed.find((each, i) => disk.zxids[i] !== each);
    if (missing !== undefined) throw new Error(`the leader of epoch ${epoch} lacks ${zxidText(missing)}`);
  }

  /** A committed record is on the disks of a quorum at that moment. */
  commits(leader: ModelServer, zxid: bigint): void {
    for (const each of leader.disk.zxids.slice(this.committed.length)) {
      if (each > zxid) break;
      const copies = this.#servers.filter(({ disk }) => disk.durableZxids.includes(each)).map(({ id }) => id);
      if (!leader.active.isQuorum(copies)) throw new Error(`${zxidText(each)} was committed with copies on ${copies}`);
      this.committed.push(each);
    }
    this.applies(leader, zxid);
  }

  /** What a server applies is the beginning of all committed records. */
  applies({ id, disk }: ModelServer, zxid: bigint): void {
    const own = disk.zxids.filter((each) => each <= zxid);
    if (own.every((each, i) => each === this.committed[i])) return;
    throw new Error(`${id} applies ${formatZxids(own)}, but ${formatZxids(this.committed)} are committed`);
  }

  /** An acknowledged proposal is durable; with the first ACK the leader's history and the epoch are. */
  acknowledges({ id, disk }: ModelServer, zxid: bigint, isVoter: boolean): void {
    const epoch = epochOf(zxid);
    if (counterOf(zxid) !== 0) {
      if (!disk.durableZxids.includes(zxid)) throw new Error(`${id} acknowledged ${zxidText(zxid)}, which it may lose`);
      if (!isVoter) throw new Error(`observer ${id} acknowledged ${zxidText(zxid)}`);
      return;
    }
    const history = this.#histories.get(epoch) ?? [];
    if (disk.currentEpoch === epoch && history.every((each, i) => disk.durableZxids[i] === each)) return;
    const own = `epoch ${disk.currentEpoch} and ${formatZxids(disk.durableZxids)}`;
    throw new Error(
      `${id} acknowledged epoch ${epoch} with ${own} on its disk; the leader has ${formatZxids(history)}`,
    );
  }

  /** A leader that learns that a truncation is impossible sends a snapshot the next time. */
  refusesTruncation(server: ModelServer): void {
    const leader = server.connection?.leader.leader;
    if (leader !== undefined && leader === server.refused) throw new Error(`${server.id} refused a truncation twice`);
    server.refused = leader;
  }

  /** The accepted epoch grows. */
  accepts({ id, disk }: ModelServer, epoch: number): void {
    if (epoch <= disk.acceptedEpoch) throw new Error(`${id} accepted epoch ${epoch} after ${disk.acceptedEpoch}`);
  }

  /** The current epoch never goes back, and never beyond the accepted one. */
  joins({ id, disk }: ModelServer, epoch: number): void {
    if (epoch >= disk.currentEpoch && epoch <= disk.acceptedEpoch) return;
    throw new Error(`${id} joined epoch ${epoch} after ${disk.currentEpoch}; it has accepted ${disk.acceptedEpoch}`);
  }
}
