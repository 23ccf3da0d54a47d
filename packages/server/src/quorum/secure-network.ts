import { isIP, type Socket } from "node:net";
import {
  createSecureContext,
  createServer,
  type TLSSocket,
  type Server as TlsServer,
  connect as tlsConnect,
} from "node:tls";
import type { Logger, Random } from "@conclave/runtime";
import type { ResolvedEnsemble } from "../options/ensemble-options.js";
import type { QuorumTlsOptions } from "../options/quorum-tls-options.js";
import { whenFirstByteIsThere } from "../transport/first-byte.js";
import { nodeTlsOptions } from "../transport/secure-context.js";
import {
  type Authentication,
  type Listener,
  type ListenOptions,
  type Network,
  type PortAddress,
  type QuorumSocket,
  tcpNetwork,
} from "./network.js";
import { HostMismatchError, handshakeRemedy, isCertificateFor, isCertificateOfPeer } from "./peer-certificate.js";
import { QuorumAuthentication } from "./quorum-authentication.js";

export interface SecureNetworkOptions {
  /** Undefined: no TLS. */
  readonly tls: QuorumTlsOptions | undefined;
  /** Use TLS for connections to other servers (`sslQuorum`). */
  readonly dialsTls: boolean;
  /** Accept connections without TLS too (`portUnification`). */
  readonly acceptsPlain: boolean;
  readonly authentication: Authentication | undefined;
  readonly logger: Logger;
}

/** Connections whose handshake has not ended. A further one takes the place of the oldest. */
const MAX_HANDSHAKES = 64;
/** Time for the first byte, and for the handshake after it. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Returns the network that the options of a member ask for; `undefined` for plain TCP. */
export function secureNetwork(
  ensemble: ResolvedEnsemble,
  { logger, random }: { readonly logger: Logger; readonly random: Random },
): SecureNetwork | undefined {
  const { sslQuorum, portUnification, saslEnabled, saslServerRequired, saslLearnerRequired, saslUser } = ensemble;
  const usesTls = sslQuorum || portUnification;
  if (!usesTls && !saslEnabled) return undefined;
  const { name: user = "", password = "" } = saslUser ?? {};
  const authentication = new QuorumAuthentication({
    ...{ isRequired: saslServerRequired, proves: saslLearnerRequired, users: ensemble.saslUsers ?? {} },
    ...{ user, password, random, logger },
  });
  return new SecureNetwork({
    ...{ tls: usesTls ? ensemble.tls : undefined, dialsTls: sslQuorum, acceptsPlain: portUnification, logger },
    authentication: saslEnabled ? authentication : undefined,
  });
}

/** TCP with TLS, authentication, or both, as the ports of an ensemble use them. */
export class SecureNetwork implements Network {
  readonly authentication: Authentication | undefined;
  readonly readyEvent: "connect" | "secureConnect";
  readonly #options: SecureNetworkOptions;
  #tls: QuorumTlsOptions | undefined;
  readonly #servers = new Set<TlsServer>();

  constructor(options: SecureNetworkOptions) {
    this.#options = options;
    this.#tls = options.tls;
    this.authentication = options.authentication;
    this.readyEvent = options.dialsTls ? "secureConnect" : "connect";
  }

  /** Replaces key and certificates for new connections. Throws Node.js's error for invalid ones, and then changes nothing. */
  reload(tls: QuorumTlsOptions): void {
    const options = { ...this.#tls, ...tls };
    createSecureContext(nodeTlsOptions(options));
    for (const server of this.#servers) server.setSecureContext(nodeTlsOptions(options));
    this.#tls = options;
  }

  connect(address: PortAddress): QuorumSocket {
    return this.#options.dialsTls && this.#tls !== undefined
      ? this.#connectTls(address, this.#tls)
      : tcpNetwork.connect(address);
  }

  #connectTls({ host, port }: PortAddress, tls: QuorumTlsOptions): QuorumSocket {
    const { hostnameVerification = true, handshakeTimeoutMs: _, clientAuth: __, ...rest } = tls;
    const socket: TLSSocket = tlsConnect({
      ...rest,
      ...{ host, port, servername: isIP(host) === 0 ? host : "" },
      checkServerIdentity: () => {
        const certificate = socket.getPeerX509Certificate();
        if (!hostnameVerification || certificate === undefined) return undefined;
        const names = [host, socket.remoteAddress ?? ""];
        return isCertificateFor(certificate, names) ? undefined : new HostMismatchError(certificate, names);
      },
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.syscall !== undefined) return;
      const remedy = handshakeRemedy(error);
      this.#options.logger.warn("TLS: no connection to a server", { remote: `${host}:${port}`, error, remedy });
    });
    return socket;
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const tls = this.#tls;
    if (tls === undefined) return tcpNetwork.listen(options);
    const handshakes = new Handshakes({ ...this.#options, tls, onConnection: options.onConnection });
    const listener = await tcpNetwork.listen({ ...options, onConnection: (socket) => handshakes.accept(socket) });
    this.#servers.add(handshakes.server);
    return {
      port: listener.port,
      close: () => {
        this.#servers.delete(handshakes.server);
        handshakes.close();
        return listener.close();
      },
    };
  }
}

interface HandshakesOptions extends SecureNetworkOptions {
  readonly tls: QuorumTlsOptions;
  readonly onConnection: (socket: QuorumSocket) => void;
}

/** Connections of a port whose handshake has not ended: few, and each for a short time. */
class Handshakes {
  /** It does not listen: it is given accepted connections. */
  readonly server: TlsServer;
  readonly #options: HandshakesOptions;
  /** By address and port of the other end, the oldest first. */
  readonly #sockets = new Map<string, Socket>();

  constructor(options: HandshakesOptions) {
    const { handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, ...tls } = options.tls;
    this.#options = options;
    // Certificates are checked after the handshake, with a reason for the log.
    this.server = createServer({ ...nodeTlsOptions({ ...tls, handshakeTimeoutMs }), rejectUnauthorized: false });
    this.server.on("secureConnection", (socket) => void this.#secured(socket));
    this.server.on("tlsClientError", (error, socket) => {
      this.#refuse(socket, error);
    });
  }

  accept(socket: Socket): void {
    const { tls, acceptsPlain, onConnection } = this.#options;
    const [oldest] = this.#sockets.values();
    if (this.#sockets.size >= MAX_HANDSHAKES) oldest?.destroy();
    const end = endOf(socket);
    this.#sockets.set(end, socket);
    socket.once("close", () => this.#sockets.delete(end));
    socket.on("error", () => {});
    if (!acceptsPlain) return void this.server.emit("connection", socket);
    whenFirstByteIsThere(socket, tls.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS, (isTls) => {
      if (isTls) return void this.server.emit("connection", socket);
      this.#sockets.delete(end);
      onConnection(socket);
    });
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  async #secured(socket: TLSSocket): Promise<void> {
    const { tls, onConnection } = this.#options;
    const { hostnameVerification = true, clientHostnameVerification = true, allowReverseDnsLookup = true } = tls;
    const address = socket.remoteAddress ?? "";
    const certificate = socket.getPeerX509Certificate();
    socket.on("error", () => {});
    if (certificate === undefined) {
      if ((tls.clientAuth ?? "need") === "need") return this.#refuse(socket, "CERTIFICATE_REQUIRED: it showed none");
    } else {
      if (!socket.authorized) return this.#refuse(socket, socket.authorizationError);
      const isVerified = hostnameVerification && clientHostnameVerification;
      if (isVerified && !(await isCertificateOfPeer(certificate, address, allowReverseDnsLookup))) {
        return this.#refuse(socket, new HostMismatchError(certificate, [address]));
      }
    }
    if (socket.destroyed) return;
    const end = endOf(socket);
    const accepted = this.#sockets.get(end);
    this.#sockets.delete(end);
    socket.once("close", () => accepted?.destroy());
    onConnection(socket);
  }

  #refuse(socket: TLSSocket, cause: Error | string): void {
    const { logger } = this.#options;
    const error = cause instanceof Error ? cause : new Error(cause);
    const remote = endOf(socket);
    const isGone = (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (!isGone)
      logger.warn("TLS: refused a connection of a server", { remote, error, remedy: handshakeRemedy(error) });
    socket.destroy();
    this.#sockets.get(remote)?.destroy();
  }
}

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;
