import {
  type Acl,
  type ClientInfo,
  create,
  create2,
  deleteNode,
  exists,
  getChildren,
  getChildren2,
  getData,
  type Stat,
  setData,
  sync,
} from "@conclave/protocol";
import type { Codec } from "./api/codec.js";
import type { ConnectionError } from "./api/connection-error.js";
import type { MultiRead } from "./api/multi-read.js";
import type {
  AddWatchOptions,
  ConsistencyOptions,
  CreateOptions,
  EphemeralsOptions,
  OperationOptions,
  ReadOptions,
  ReconfigOptions,
  Reconfiguration,
  RemoveWatchesOptions,
  VersionOptions,
  WatchOptions,
  WatchType,
  ZnodeData,
} from "./api/operation-options.js";
import type { AclAndStat, ChildrenAndStat, DataAndStat } from "./api/read-results.js";
import type { SavedSession } from "./api/saved-session.js";
import type { Transaction } from "./api/transaction.js";
import type { TypedZooKeeper } from "./api/typed-zookeeper.js";
import type { PersistentWatchEvent, PersistentWatchListener } from "./api/watch-event.js";
import type { WatchHandle } from "./api/watch-handle.js";
import { ZkError } from "./api/zk-error.js";
import type { CloseOptions, ZooKeeper } from "./api/zookeeper.js";
import type { SessionState, ZooKeeperEvents } from "./api/zookeeper-events.js";
import { isObserved, observeOperation } from "./observe/observe-operation.js";
import { getACL, setACL } from "./operations/acl-operations.js";
import { addWatch } from "./operations/add-watch.js";
import { argumentError, authError } from "./operations/argument-error.js";
import { createOperation, createRequest } from "./operations/create-request.js";
import { getConfig, reconfig, whoAmI } from "./operations/ensemble-operations.js";
import { MultiReadBuilder } from "./operations/multi-read-builder.js";
import type { OperationContext } from "./operations/operation-context.js";
import { read } from "./operations/read.js";
import { checkWatches, removeWatches } from "./operations/remove-watches.js";
import { TransactionBuilder } from "./operations/transaction-builder.js";
import { getAllChildrenNumber, getEphemerals } from "./operations/tree-operations.js";
import { WatchIterator } from "./operations/watch-iterator.js";
import { copyOf, toBytes } from "./operations/znode-bytes.js";
import { type ConnectString, parseConnectString } from "./options/connect-string.js";
import type { ResolvedOptions } from "./options/resolve-options.js";
import { Chroot } from "./paths/chroot.js";
import { type Call, PendingOperation, type SentOperation } from "./requests/pending-operation.js";
import { Listeners } from "./session/listeners.js";
import { Session } from "./session/session.js";
import { makePath } from "./tree/make-path.js";
import { TypedView } from "./typed/typed-view.js";
import { WatchRegistry } from "./watches/watch-registry.js";

/** Parts that a client shares with its `readWrite`. */
interface ClientParts {
  readonly options: ResolvedOptions;
  readonly chroot: Chroot;
  readonly watches: WatchRegistry;
  readonly listeners: Listeners<ZooKeeperEvents>;
  readonly session: Session;
}

/**
 * Implements the operations of {@link ZooKeeper}: each call becomes a request, which is handed to the session. Promises
 * are returned unwrapped, so that the continuations of callers run in the order of the replies (see
 * watches/watch-registry.ts).
 */
export class Client implements ZooKeeper {
  readonly #options: ResolvedOptions;
  readonly #chroot: Chroot;
  readonly #listeners: Listeners<ZooKeeperEvents>;
  readonly #session: Session;
  readonly #context: OperationContext;
  readonly #readWrite: Client | undefined;
  /** True for a client whose operations no read-only server may answer. */
  readonly #needsSession: boolean;
  /** Called with the reason for each failed attempt to connect. */
  onAttemptFailed: ((error: ConnectionError) => void) | undefined;

  private constructor(parts: ClientParts, needsSession: boolean) {
    const { options, chroot, watches, listeners, session } = parts;
    this.#options = options;
    this.#chroot = chroot;
    this.#listeners = listeners;
    this.#session = session;
    this.#needsSession = needsSession;
    const state = (): SessionState => session.state;
    const { linearizableReads, canBeReadOnly } = options;
    this.#context = { chroot, watches, submit: this.#submit, linearizableReads, state };
    this.#readWrite = canBeReadOnly && !needsSession ? new Client(parts, true) : undefined;
  }

  /** Creates a client that is not started. */
  static unstarted({ servers, chroot: prefix }: ConnectString, options: ResolvedOptions): Client {
    const chroot = new Chroot(prefix);
    const watches = new WatchRegistry(chroot, options.logger);
    const listeners = new Listeners<ZooKeeperEvents>(options.logger);
    const session = new Session({
      ...{ chroot: prefix, options, servers, watches, listeners },
      onAttemptFailed: (error) => client.onAttemptFailed?.(error),
    });
    const client = new Client({ options, chroot, watches, listeners, session }, false);
    return client;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get sessionId(): bigint {
    return this.#session.identity.id;
  }

  get sessionTimeoutMs(): number {
    return this.#session.identity.timeoutMs;
  }

  get session(): SavedSession | undefined {
    return this.#session.saved;
  }

  get isReadOnly(): boolean {
    return this.#session.isReadOnly;
  }

  get readWrite(): ZooKeeper {
    return this.#readWrite ?? this;
  }

  get chroot(): string {
    return this.#chroot.prefix;
  }

  /** Error of the last failed attempt, or of the last connection that ended. */
  get lastError(): ConnectionError | undefined {
    return this.#session.lastError;
  }

  /** Step of connecting that is not finished, as text for messages. */
  get waitsFor(): string {
    return this.state === "connected" ? "the answer to the first requests of the session" : this.#session.waitsFor;
  }

  /** Starts to connect. Call it once. */
  start(): void {
    this.#session.start();
  }

  create(path: string, data: ZnodeData = null, options: CreateOptions = {}): Promise<string> {
    const request = createRequest("create", path, data, options, this.#chroot);
    if (request instanceof ZkError) return Promise.reject(request);
    const operation = createOperation(request.flags, create);
    return this.#write(operation, request, path, options, (made) => this.#chroot.toCaller(made.path));
  }

  create2(path: string, data: ZnodeData = null, options: CreateOptions = {}): Promise<{ path: string; stat: Stat }> {
    const request = createRequest("create2", path, data, options, this.#chroot);
    if (request instanceof ZkError) return Promise.reject(request);
    return this.#write(createOperation(request.flags, create2), request, path, options, (made) => ({
      path: this.#chroot.toCaller(made.path),
      stat: made.stat,
    }));
  }

  delete(path: string, options: VersionOptions = {}): Promise<void> {
    const version = options.version ?? ANY_VERSION;
    const error = argumentError("delete", path, version);
    if (error !== undefined) return Promise.reject(error);
    const request = { path: this.#chroot.toServer(path), version };
    return this.#write(deleteNode, request, path, options, nothing);
  }

  setData(path: string, data: ZnodeData, options: VersionOptions = {}): Promise<Stat> {
    const version = options.version ?? ANY_VERSION;
    const error = argumentError("setData", path, version, data);
    if (error !== undefined) return Promise.reject(error);
    const request = { path: this.#chroot.toServer(path), data: toBytes(data), version };
    return this.#write(setData, request, path, options, (response) => response.stat);
  }

  exists(path: string, options: ReadOptions = {}): Promise<Stat | null> {
    return read(this.#context, exists, "data", path, options, (response): Stat | null => response.stat, none);
  }

  getData(path: string, options: ReadOptions = {}): Promise<DataAndStat> {
    return read(this.#context, getData, "data", path, options, ({ data, stat }) => ({ data: copyOf(data), stat }));
  }

  getChildren(path: string, options: ReadOptions = {}): Promise<string[]> {
    return read(this.#context, getChildren, "children", path, options, (response) => response.children as string[]);
  }

  getChildren2(path: string, options: ReadOptions = {}): Promise<ChildrenAndStat> {
    return read(this.#context, getChildren2, "children", path, options, (response) => response as ChildrenAndStat);
  }

  sync(path: string, options: OperationOptions = {}): Promise<void> {
    const error = argumentError("sync", path);
    if (error !== undefined) return Promise.reject(error);
    const request = { path: this.#chroot.toServer(path) };
    return this.#submit({
      operation: sync,
      request,
      path,
      isWrite: false,
      signal: options.signal,
      onResponse: nothing,
    });
  }

  transaction(): Transaction {
    return new TransactionBuilder(this.#chroot, this.#submit) as unknown as Transaction;
  }

  multiRead(): MultiRead {
    return new MultiReadBuilder(this.#context) as unknown as MultiRead;
  }

  getAllChildrenNumber(path: string, options: ConsistencyOptions = {}): Promise<number> {
    return getAllChildrenNumber(this.#context, path, options);
  }

  getEphemerals(options: EphemeralsOptions = {}): Promise<string[]> {
    return getEphemerals(this.#context, options);
  }

  getACL(path: string, options: ConsistencyOptions = {}): Promise<AclAndStat> {
    return getACL(this.#context, path, options);
  }

  setACL(path: string, acl: readonly Acl[], options: VersionOptions = {}): Promise<Stat> {
    return setACL(this.#context, path, acl, options);
  }

  whoAmI(options: OperationOptions = {}): Promise<ClientInfo[]> {
    return whoAmI(this.#context, options);
  }

  getConfig(options: ReadOptions = {}): Promise<DataAndStat> {
    return getConfig(this.#context, options);
  }

  reconfig(change: Reconfiguration, options: ReconfigOptions = {}): Promise<DataAndStat> {
    return reconfig(this.#context, change, options);
  }

  addWatch(path: string, listener: PersistentWatchListener, options: AddWatchOptions = {}): Promise<WatchHandle> {
    return addWatch(this.#context, path, listener, options);
  }

  watch(path: string, options: WatchOptions = {}): AsyncIterableIterator<PersistentWatchEvent, undefined> {
    return new WatchIterator(this.#context, path, options);
  }

  removeWatches(path: string, options: RemoveWatchesOptions = {}): Promise<void> {
    return removeWatches(this.#context, path, options);
  }

  checkWatches(path: string, type: WatchType, options: OperationOptions = {}): Promise<boolean> {
    return checkWatches(this.#context, path, type, options);
  }

  typed<T>(codec: Codec<T>): TypedZooKeeper<T> {
    return new TypedView(this, codec);
  }

  addAuth(scheme: string, auth: Uint8Array | string, options: OperationOptions = {}): Promise<void> {
    const error = authError(scheme, auth);
    if (error !== undefined) return Promise.reject(error);
    return this.#session.addAuth({ scheme, auth: copyOf(toBytes(auth)) }, options.signal);
  }

  on<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this {
    this.#listeners.add(event, listener);
    return this;
  }

  off<E extends keyof ZooKeeperEvents>(event: E, listener: (...args: ZooKeeperEvents[E]) => void): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  updateServers(connectString: string): boolean {
    const { servers, chroot } = parseConnectString(connectString);
    if (chroot !== this.#chroot.prefix) {
      throw new TypeError(`updateServers: the chroot "${chroot}" differs from the client's, "${this.#chroot.prefix}"`);
    }
    return this.#session.updateServers(servers);
  }

  close({ keepSession = false }: CloseOptions = {}): Promise<void> {
    return this.#session.close(keepSession);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Creates the znodes of the chroot that do not exist. */
  makeChroot(): Promise<void> {
    const createOutside = (path: string, data: ZnodeData = null, options: CreateOptions = {}): Promise<string> => {
      const request = createRequest("create", path, data, options, NO_CHROOT);
      if (request instanceof ZkError) return Promise.reject(request);
      return this.#write(createOperation(request.flags, create), request, path, options, (made) => made.path);
    };
    return makePath({ create: createOutside }, this.chroot);
  }

  #write<Request, Response, Result>(
    operation: SentOperation<Request, Response>,
    request: Request,
    path: string,
    { signal }: OperationOptions,
    onResponse: (response: Response) => Result,
  ): Promise<Result> {
    return this.#submit({ operation, request, path, isWrite: true, signal, onResponse });
  }

  readonly #submit = <Request, Response, Result>(call: Call<Request, Response, Result>): Promise<Result> => {
    const pending = new PendingOperation(this.#needsSession ? { ...call, needsSession: true } : call);
    if (isObserved(this.#options.meter)) observeOperation(this, call, pending.promise, this.#options);
    this.#session.submit(pending);
    return pending.promise;
  };
}

const ANY_VERSION = -1;
const NO_CHROOT = new Chroot("");
const nothing = (): undefined => undefined;
const none = (): null => null;
