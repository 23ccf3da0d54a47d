import type { Acl, OpCode, Stat } from "@conclave/protocol";

/** Header of a transaction, in front of its body in log and proposals. */
export interface TxnHeader {
  /** Id of the session that sent the request; 0 for changes that the server makes by itself. */
  readonly clientId: bigint;
  /** The xid of the request in that session. */
  readonly cxid: number;
  readonly zxid: bigint;
  /** Wall-clock time of the proposing server in milliseconds since 1970; the source of ctime and mtime. */
  readonly time: number;
  readonly type: number;
}

/** The two create types with the same body. */
export interface CreateTxn {
  readonly type: typeof OpCode.create | typeof OpCode.create2;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly ephemeral: boolean;
  /** The parent's stored cversion after this create; -1 in old logs, which lack it. */
  readonly parentCVersion: number;
}

/**
 * Body of a transaction: a validated request with everything decided, so that applying it needs no check (a version is the
 * new one, a path has its sequence number). A refused request is an `error` transaction, which takes a zxid too.
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
      /** Paths of the session's ephemerals; `null` in logs before 3.6, which leave them out. */
      readonly paths: readonly string[] | null;
    }
  | { readonly type: typeof OpCode.error; readonly err: number }
  | { readonly type: typeof OpCode.multi; readonly txns: readonly Txn[] };

/** Any transaction that creates a znode. */
export type AnyCreateTxn = Extract<Txn, { readonly parentCVersion: number }>;

/** Digest of the tree after a transaction (org.apache.zookeeper.txn.TxnDigest). */
export interface TxnDigest {
  /** Version of the algorithm. */
  readonly version: number;
  readonly treeDigest: bigint;
  /** Digests of the changed znodes, if they were computed when the transaction was proposed. Not logged. */
  readonly znodes?: ZnodeDigests | undefined;
}

/** Digests of the znodes that one transaction changes, see node-digest.ts; applying it then need not compute them. */
export interface ZnodeDigests {
  /** Of the znode that is created or has its data changed: the CRC after path and data, and the digest. */
  readonly contentCrc: number;
  readonly crc: number;
  /** Digest of the parent of a znode that is created. */
  readonly parentCrc: number;
}

/** A transaction with its header and digest, as it is logged and sent to other servers. */
export interface TxnRecord {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** Digest of the tree after the transaction, if the proposing server keeps one. */
  readonly digest?: TxnDigest | undefined;
}

/** Result of applying a transaction, for the reply to its request. */
export interface TxnResult {
  readonly type: number;
  readonly err: number;
  readonly path?: string;
  /** `undefined` after a plain create, whose reply has no stat. */
  readonly stat?: Stat | undefined;
  /** Data of a reconfiguration. */
  readonly data?: Uint8Array | null | undefined;
  /** Results of a multi, one for each of its writes. */
  readonly results?: readonly TxnResult[];
}
