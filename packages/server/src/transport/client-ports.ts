import type { Id } from "@conclave/protocol";
import type { ResolvedServerOptions } from "../options/server-options.js";
import type { ServerTlsOptions } from "../options/tls-options.js";
import type { ServerStats } from "../pipeline/server-stats.js";
import { rightsBy } from "../tree/acl-check.js";
import { Admission } from "./admission.js";
import { ClientPort } from "./client-port.js";
import type { Connection, ConnectionHost } from "./connection.js";
import { EventFrames } from "./event-frames.js";
import type { LargeRequests } from "./large-requests.js";
import type { RequestThrottle } from "./request-throttle.js";
import { nodeTlsOptions } from "./secure-context.js";
import type { WriterPool } from "./writer-pool.js";

export interface ClientPortsParts {
  readonly options: ResolvedServerOptions;
  readonly host: ConnectionHost;
  readonly writers: WriterPool;
  readonly stats: ServerStats;
  readonly largeRequests: LargeRequests;
  readonly isOverloaded: () => boolean;
  readonly throttle: RequestThrottle | undefined;
  /** Returns the ids that a trusted certificate proves. */
  readonly idsOfCertificate: (certificate: Buffer) => readonly Id[];
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Places of the ports without and with TLS in a configuration of the ensemble, if it names them. */
export interface ClientPlaces {
  readonly clientAddress?: Place | undefined;
  readonly secureClientAddress?: Place | undefined;
}

/** The ports that clients connect to, with and without TLS, at least one of them. */
export class ClientPorts {
  readonly plain: ClientPort | undefined;
  readonly secure: ClientPort | undefined;

  readonly #options: ResolvedServerOptions;

  constructor(parts: ClientPortsParts) {
    const { options, idsOfCertificate } = parts;
    this.#options = options;
    const { logger, clock, maxUnsentBytes, maxFrameBytes, maxOutstanding, sessionlessTimeoutMs } = options;
    const shared = {
      ...parts,
      ...{ logger, clock, maxUnsentBytes, maxFrameBytes, maxOutstanding, sessionlessTimeoutMs },
      rightsOf: rightsBy(options),
      admission: new Admission({ perAddress: options.maxClientConnections, inAll: options.maxConnections }),
      events: new EventFrames(),
      backlog: options.clientPortListenBacklog,
    };
    const tls = options.tls && { options: nodeTlsOptions(options.tls), idsOf: idsOfCertificate };
    if (options.clientPort !== undefined) {
      const { clientPortAddress: address, clientPort: port } = options;
      const optional = tls && options.portUnification ? { ...tls, isOptional: true } : undefined;
      this.plain = new ClientPort({ ...shared, address, port, tls: optional });
    }
    if (options.secureClientPort !== undefined && tls !== undefined) {
      const { secureClientPortAddress: address, secureClientPort: port } = options;
      this.secure = new ClientPort({ ...shared, address, port, tls: { ...tls, isOptional: false } });
    }
  }

  /** Both, or the one that there is. */
  get all(): readonly ClientPort[] {
    return [this.plain, this.secure].filter((port) => port !== undefined);
  }

  /** The port in the connect string: the one without TLS, if there is one. */
  get first(): ClientPort {
    return this.all[0]!;
  }

  *connections(): Generator<Connection> {
    for (const port of this.all) yield* port.connections;
  }

  get connectionCount(): number {
    return this.all.reduce((sum, { connections }) => sum + connections.size, 0);
  }

  /** Rejects with Node.js's error if one of them cannot be had; none stays open then. */
  async listen(): Promise<void> {
    const results = await Promise.allSettled(this.all.map((port) => port.listen()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined) return;
    this.stopReading();
    await this.close();
    throw failed.reason;
  }

  /** Moves the ports that there are to their places in a configuration, if these differ from the former ones. */
  moveTo(next: ClientPlaces, former: ClientPlaces): void {
    const { clientPortAddress, secureClientPortAddress } = this.#options;
    move(this.plain, next.clientAddress, former.clientAddress, clientPortAddress);
    move(this.secure, next.secureClientAddress, former.secureClientAddress, secureClientPortAddress);
  }

  /** Calls {@link ClientPort.reloadTls} of all ports with TLS. */
  reloadTls(options: ServerTlsOptions): void {
    for (const port of this.all) port.reloadTls(nodeTlsOptions(options));
  }

  /** Calls {@link ClientPort.sweep} of all ports. */
  sweep(now: number): number {
    return this.all.reduce((closed, port) => closed + port.sweep(now), 0);
  }

  stopReading(): void {
    for (const port of this.all) port.stopReading();
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((port) => port.close()));
  }
}

function move(moved: ClientPort | undefined, next: Place | undefined, former: Place | undefined, given: string): void {
  if (next === undefined || (next.host === former?.host && next.port === former.port)) return;
  // The option may name all addresses in another way, such as "::".
  const address = isEveryAddress(next.host) && isEveryAddress(given) ? given : next.host;
  moved?.moveTo({ address, port: next.port });
}

const isEveryAddress = (host: string): boolean => host === "0.0.0.0" || host === "::";
