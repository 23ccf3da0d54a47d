import type { Acl, OpCode } from "@conclave/protocol";

/** Who asked for a transaction, which one it is, and when: what stands before its body in log and proposals. */
export interface TxnHeader {
  /** The session that asked. */
  readonly clientId: bigint;
  /** The request's xid in that session. */
  readonly cxid: number;
  readonly zxid: bigint;
  /** The proposing server's time, in milliseconds since 1970: ctime and mtime come from here. */
  readonly time: number;
  readonly type: number;
}

/** The create types whose body is the same. */
export interface CreateTxn {
  readonly type: typeof OpCode.create | typeof OpCode.create2;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly ephemeral: boolean;
  /** The parent's stored cversion after this create; -1 where the record does not say (old logs). */
  readonly parentCVersion: number;
}

/**
 * What a transaction does: the outcome of a validated request, so that applying it asks no questions (a version is the
 * new one, a path has its sequence number). A failed request is an `error` transaction: it takes a zxid too.
 */
export type Txn =
  | CreateTxn
  | {
      readonly type: typeof OpCode.createContainer;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly parentCVersion: number;
    }
  | {
      readonly type: typeof OpCode.createTTL;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly parentCVersion: number;
      readonly ttl: bigint;
    }
  | { readonly type: typeof OpCode.delete | typeof OpCode.deleteContainer; readonly path: string }
  | {
      readonly type: typeof OpCode.setData | typeof OpCode.reconfig;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | {
      readonly type: typeof OpCode.setACL;
      readonly path: string;
      readonly acl: readonly Acl[];
      readonly version: number;
    }
  | { readonly type: typeof OpCode.check; readonly path: string; readonly version: number }
  | { readonly type: typeof OpCode.createSession; readonly timeoutMs: number }
  | {
      readonly type: typeof OpCode.closeSession;
      /** The ephemerals that go with the session; `null` in logs before 3.6, which leave them out. */
      readonly paths: readonly string[] | null;
    }
  | { readonly type: typeof OpCode.error; readonly err: number }
  | { readonly type: typeof OpCode.multi; readonly txns: readonly Txn[] };

/** Any transaction that makes a znode. */
export type AnyCreateTxn = Extract<Txn, { readonly parentCVersion: number }>;

/** The digest of the tree after a transaction (org.apache.zookeeper.txn.TxnDigest). */
export interface TxnDigest {
  /** How it is reckoned. */
  readonly version: number;
  readonly treeDigest: bigint;
  /** Not on record: those of the znodes, where they were reckoned when the transaction was foreseen. */
  readonly znodes?: ZnodeDigests | undefined;
}

/** Digests of the znodes that one transaction changes, see node-digest.ts: applying it need not reckon them again. */
export interface ZnodeDigests {
  /** Of the znode that is made or whose data change: the state after path and data, and the digest. */
  readonly contentCrc: number;
  readonly crc: number;
  /** Of the parent of one that is made. */
  readonly parentCrc: number;
}

/** A transaction as it stands in the log and travels to other servers. */
export interface TxnRecord {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** The tree's digest after it, where the writer kept one. */
  readonly digest?: TxnDigest | undefined;
}
