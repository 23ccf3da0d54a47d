import type { QuorumTlsOptions } from "./quorum-tls-options.js";

/** Present address of a server, for the others of its ensemble. */
export interface LocatedServer {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/** Membership of a server in an ensemble of several servers. */
export interface EnsembleOptions {
  /** Id of this server, the N of its line `server.N`: 1 to 255. In Apache's servers it is in the file `myid`. */
  readonly id?: number | undefined;
  /**
   * All servers of the ensemble, in the lines of `zoo.cfg`: `server.N=host:quorumPort:electionPort`, and `group.N`, `weight.N`
   * if they are used; `version=…` if a reconfiguration has made them. The same on every server. A later configuration in
   * `dataDir` counts instead.
   */
  readonly servers?: string | undefined;
  /**
   * Line of this server while the configuration of the ensemble does not have it: the part after `server.N=`. It follows the leader
   * without a vote, or observes, as the role in it says, until a reconfiguration makes it a member.
   * @default none: `servers` must have this server
   */
  readonly joinAs?: string | undefined;
  /**
   * Time to connect to a leader and to copy its state, in ticks.
   * @default 10
   */
  readonly initLimit?: number | undefined;
  /**
   * Time in which leader and followers have to answer each other, in ticks.
   * @default 5
   */
  readonly syncLimit?: number | undefined;
  /**
   * Allow super users, and clients that the ACL of `/zookeeper/config` grants writing, to change the members while the ensemble
   * runs (`reconfig`). The same on every server. Without it this server also ignores the configurations of others.
   * @default false
   */
  readonly reconfigEnabled?: boolean | undefined;
  /**
   * Refuse reconfigurations that leave a single voter (`standaloneEnabled`), which no other server could take over from. The same on every
   * server.
   * @default true
   */
  readonly standaloneEnabled?: boolean | undefined;
  /**
   * Path of the file that `servers` were read from, or that names the file with them (`zoo.cfg`). A reconfiguration writes
   * `<path>.dynamic.<version>`, and replaces the lines of the servers by `dynamicConfigFile=` with its path.
   * @default none: configurations are written into `dataDir`, and the next start continues with the last one
   */
  readonly configFile?: string | undefined;
  /**
   * Keep new sessions on the server that the client is connected to, without a transaction (`localSessionsEnabled`). Such a session
   * cannot be resumed on another server, and has no ephemerals. The same on every server.
   * @default false
   */
  readonly localSessionsEnabled?: boolean | undefined;
  /**
   * Have the leader create a local session for the whole ensemble when it creates an ephemeral; otherwise that is refused with
   * EPHEMERAL_ON_LOCAL_SESSION (`localSessionsUpgradingEnabled`).
   * @default false
   */
  readonly localSessionsUpgradingEnabled?: boolean | undefined;
  /**
   * Number of transactions after which a leader gives up its epoch: an election starts the next one, and clients reconnect. For
   * tests of that; zxids have room for as many as the default.
   * @default 4294967295
   */
  readonly largestCounter?: number | undefined;
  /**
   * Local address to listen on for the other servers.
   * @default this server's host in `servers`
   */
  readonly listenAddress?: string | undefined;
  /**
   * Port on which followers serve observers, so that the leader does not have to (`observerMasterPort`); 0: none. The same on every
   * server: observers then connect to this port of the voters instead of the leader. Secured as the other ports between servers.
   * @default 0
   */
  readonly observerMasterPort?: number | undefined;
  /**
   * Longest time that an observer waits before it connects to the leader, or before it tries all followers once more, in
   * milliseconds; each wait is random (`observer.reconnectDelayMs`).
   * @default 0
   */
  readonly observerReconnectDelayMs?: number | undefined;
  /**
   * Longest time that an observer waits after the end of its connection before it searches for the leader, in milliseconds; each
   * wait is random (`observer.election.DelayMs`).
   * @default 200
   */
  readonly observerElectionDelayMs?: number | undefined;
  /**
   * Use TLS for connections to other servers, and refuse connections without it (`sslQuorum`). Needs `tls`.
   * @default false
   */
  readonly sslQuorum?: boolean | undefined;
  /**
   * Accept connections of other servers with and without TLS (`portUnification`), while an ensemble is moved to TLS: set it on
   * all servers, then `sslQuorum` on all, then remove it. Needs `tls`.
   * @default false
   */
  readonly portUnification?: boolean | undefined;
  /**
   * Count this server while its data directory is empty. With `false` it counts in no election and no quorum before it has copied the
   * leader's data, so that a server whose disk was replaced cannot help to form a quorum without the data (ZOOKEEPER-261; in Apache
   * `zookeeper.db.autocreate=false`, and a file `initialize` for the opposite).
   * @default true
   */
  readonly emptyDataVotes?: boolean | undefined;
  /**
   * Returns the present address of another server, if it may differ from its line: its host or its ports have changed with a restart.
   * Called for each connection. The address in its line is tried too.
   * @default none
   */
  readonly locate?: ((id: number) => LocatedServer | undefined) | undefined;
  /** Key and certificates for other servers (`ssl.quorum.*`). Servers show them to each other. */
  readonly tls?: QuorumTlsOptions | undefined;
  /**
   * Authenticate other servers by SASL DIGEST-MD5 if they ask for it (`quorum.auth.enableSasl`). Needs `saslUsers`.
   * @default false
   */
  readonly saslEnabled?: boolean | undefined;
  /**
   * Authenticate to other servers (`quorum.auth.learnerRequireSasl`). Needs `saslEnabled` and `saslUser`.
   * @default false
   */
  readonly saslLearnerRequired?: boolean | undefined;
  /**
   * Refuse servers that do not authenticate (`quorum.auth.serverRequireSasl`). Needs `saslLearnerRequired`. To move an ensemble,
   * set `saslEnabled` on all servers, then `saslLearnerRequired` on all, then this.
   * @default false
   */
  readonly saslServerRequired?: boolean | undefined;
  /** Passwords by user; in JAAS, the entries `user_<name>="<password>"` of the section `QuorumServer`. */
  readonly saslUsers?: Readonly<Record<string, string>> | undefined;
  /** User of this server; in JAAS, `username` and `password` of the section `QuorumLearner`. */
  readonly saslUser?: { readonly name: string; readonly password: string } | undefined;
}

type Optional = "listenAddress" | "configFile" | "joinAs" | "locate" | "tls" | "saslUsers" | "saslUser";

/** {@link EnsembleOptions} with everything decided. */
export type ResolvedEnsemble = Required<EnsembleOptions> & {
  readonly [K in Exclude<keyof EnsembleOptions, Optional>]-?: NonNullable<EnsembleOptions[K]>;
};
