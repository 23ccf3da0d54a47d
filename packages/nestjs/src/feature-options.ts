/** What a module wants of a connection: its recipes, to be injected. */
export interface ConclaveFeatures {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
  /** Names of elections, for `@InjectElection(name)`. This makes nobody a candidate: the decorators do. */
  readonly elections?: readonly string[] | undefined;
  /** Names of locks, for `@InjectMutex(name)`: those of `@Locked`. */
  readonly mutexes?: readonly string[] | undefined;
  /** Names of read-write locks, for `@InjectReadWriteLock(name)`: those of `@ReadLocked` and `@WriteLocked`. */
  readonly readWriteLocks?: readonly string[] | undefined;
  /** Semaphores, for `@InjectSemaphore(name)`. */
  readonly semaphores?: readonly { readonly name: string; readonly permits: number }[] | undefined;
  /** Groups, for `@InjectGroup(name)`. */
  readonly groups?: readonly GroupFeature[] | undefined;
}

/** A group that a module follows, or joins. */
export interface GroupFeature {
  readonly name: string;
  /** Joins it for as long as the app runs, from its bootstrap to `onModuleDestroy`. */
  readonly join?: GroupJoin | undefined;
}

/** How an app is a member of a group. */
export interface GroupJoin {
  /**
   * What it is called.
   * @default the id of the connection
   */
  readonly id?: string | undefined;
  /** What it says of itself, as JSON; or a function that says so at the app's bootstrap. */
  readonly data?: unknown;
}
