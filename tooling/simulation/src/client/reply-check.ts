import {
  type Create2Response,
  type CreateResponse,
  ErrorCode,
  type GetChildren2Response,
  type GetDataResponse,
  OpCode,
  type ReplyHeader,
  type Stat,
  type StatResponse,
} from "@conclave/protocol";
import type { History } from "../check/history.ts";
import type { KnownRecord } from "../check/known-records.ts";
import { demand, zxidText } from "../check/violation.ts";
import type { ClientRequest } from "./request.ts";

/** A request that was sent, and waits for its reply. */
export interface SentRequest extends ClientRequest {
  readonly xid: number;
  /** Greatest zxid that any client had an acknowledgement of when this request was sent. */
  readonly acknowledgedBefore: bigint;
}

/** Checks replies against the committed history. Remembers the greatest zxid that was acknowledged to any client. */
export class ReplyCheck {
  readonly #history: History;
  #acknowledged = 0n;
  /** Numbers of writes by outcome. */
  readonly counts = { acknowledged: 0, refused: 0, unknown: 0, reads: 0 };

  constructor(history: History) {
    this.#history = history;
  }

  get acknowledged(): bigint {
    return this.#acknowledged;
  }

  /** Checks a reply. `response` is `undefined` if the reply has an error. */
  check(sessionId: bigint, sent: SentRequest, header: ReplyHeader, response: unknown): void {
    if (sent.kind === "read") this.#read(sent, header, response);
    else if (sent.kind === "sync") this.#sync(sent, header);
    else this.#write(sessionId, sent, header, response);
  }

  /** A sync brings a member up to everything that was acknowledged to any client before it was sent. */
  #sync({ acknowledgedBefore, xid }: SentRequest, { zxid, err }: ReplyHeader): void {
    demand(
      err !== ErrorCode.OK || zxid >= acknowledgedBefore,
      () => `sync (xid ${xid}) ended at ${zxidText(zxid)}, after ${zxidText(acknowledgedBefore)} was acknowledged`,
    );
  }

  /** An acknowledged write is committed as such, after everything that was acknowledged before it was sent. */
  #write(sessionId: bigint, sent: SentRequest, { zxid, err }: ReplyHeader, response: unknown): void {
    const known = this.#history.ofRequest(sessionId, sent.xid);
    const name = (): string => `${sent.operation.name} ${sent.path} (xid ${sent.xid} of 0x${sessionId.toString(16)})`;
    if (known === undefined) {
      demand(err !== ErrorCode.OK, () => `${name()} was acknowledged with ${zxidText(zxid)}, and is not committed`);
      this.counts.refused++;
      return;
    }
    demand(
      known.zxid === zxid,
      () => `${name()} is ${zxidText(known.zxid)}, and was acknowledged as ${zxidText(zxid)}`,
    );
    const { txn } = known.record;
    const expected = txn.type === OpCode.error ? txn.err : ErrorCode.OK;
    const isMulti = txn.type === OpCode.multi;
    demand(isMulti || err === expected, () => `${name()} was answered with the error ${err} and not ${expected}`);
    demand(
      zxid > sent.acknowledgedBefore,
      () =>
        `${name()} has ${zxidText(zxid)}, but ${zxidText(sent.acknowledgedBefore)} was acknowledged before it was sent`,
    );
    if (zxid > this.#acknowledged) this.#acknowledged = zxid;
    this.counts.acknowledged++;
    if (response !== undefined) this.#result(name, known, response);
  }

  #result(name: () => string, { zxid, record: { txn } }: KnownRecord, response: unknown): void {
    if (txn.type === OpCode.create || txn.type === OpCode.create2) {
      const { path } = response as CreateResponse | Create2Response;
      demand(path === txn.path, () => `${name()} was answered with the path ${path} and not ${txn.path}`);
    } else if (txn.type === OpCode.setData) {
      const { version, mzxid } = (response as StatResponse).stat;
      demand(version === txn.version && mzxid === zxid, () => `${name()} was answered with version ${version}`);
    }
  }

  /** A read shows the state after the transaction in its reply's header. */
  #read(sent: SentRequest, { zxid, err }: ReplyHeader, response: unknown): void {
    this.counts.reads++;
    const { path } = sent;
    const state = this.#history.paths.at(path, zxid);
    const name = (): string => `${sent.operation.name} ${path} at ${zxidText(zxid)}`;
    if (err !== ErrorCode.OK) {
      demand(err !== ErrorCode.NO_NODE || state === undefined, () => `${name()} found no znode, but there is one`);
      return;
    }
    demand(state !== undefined, () => `${name()} found a znode, but there is none`);
    const { stat } = response as StatResponse;
    demand(isSameStat(stat, state.stat), () => `${name()} shows ${statText(stat)}, not ${statText(state.stat)}`);
    if (sent.operation.type === OpCode.getData) {
      const { data } = response as GetDataResponse;
      demand(Buffer.compare(data ?? new Uint8Array(0), state.data) === 0, () => `${name()} shows other data`);
    } else if (sent.operation.type === OpCode.getChildren2) {
      const { length } = (response as GetChildren2Response).children;
      demand(
        length === state.stat.numChildren,
        () => `${name()} shows ${length} children and not ${state.stat.numChildren}`,
      );
    }
  }
}

function isSameStat(a: Stat, b: Stat): boolean {
  return (
    a.czxid === b.czxid &&
    a.mzxid === b.mzxid &&
    a.pzxid === b.pzxid &&
    a.version === b.version &&
    a.cversion === b.cversion &&
    a.numChildren === b.numChildren &&
    a.ephemeralOwner === b.ephemeralOwner
  );
}

function statText({ czxid, mzxid, pzxid, version, cversion, numChildren }: Stat): string {
  const zxids = [czxid, mzxid, pzxid].map(zxidText).join(" ");
  return `${zxids} version ${version} cversion ${cversion} children ${numChildren}`;
}
