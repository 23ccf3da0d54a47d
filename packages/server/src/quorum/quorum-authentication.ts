import { QUORUM_AUTH_MAGIC_BYTE, QuorumAuthDecoder, QuorumAuthStatus, quorumAuthBytes } from "@conclave/protocol";
import type { Logger, Random } from "@conclave/runtime";
import { DigestMd5, DigestMd5Client, quorumService } from "../auth/digest-md5.js";
import type { Authentication, QuorumSocket } from "./network.js";

export interface QuorumAuthenticationOptions {
  /** Refuse servers that do not authenticate. */
  readonly isRequired: boolean;
  /** Authenticate to servers that are dialed. */
  readonly proves: boolean;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  /** User of this server. */
  readonly user: string;
  readonly password: string;
  readonly random: Random;
  readonly logger: Logger;
}

const EMPTY = new Uint8Array(0);

/** SASL DIGEST-MD5 between servers (SaslQuorumAuthLearner, SaslQuorumAuthServer). */
export class QuorumAuthentication implements Authentication {
  readonly #options: QuorumAuthenticationOptions;

  constructor(options: QuorumAuthenticationOptions) {
    this.#options = options;
  }

  prove(socket: QuorumSocket, then: (rest: Uint8Array) => void): void {
    const { proves, user, password, random, logger } = this.#options;
    if (!proves) return then(EMPTY);
    const client = new DigestMd5Client(user, password, random, quorumService);
    const exchange = new Exchange(socket, (reason) => {
      const message = "authentication (SASL): a server did not accept this one";
      logger.warn(message, { remote: socket.remoteAddress, reason, remedy: PROVE_REMEDY });
    });
    exchange.begin(EMPTY, ({ status, token }) => {
      if (status === QuorumAuthStatus.SUCCESS && client.isProof(token ?? EMPTY)) return exchange.end(then);
      const response = status === QuorumAuthStatus.IN_PROGRESS ? client.respond(token ?? EMPTY) : undefined;
      if (response !== undefined) return exchange.send(QuorumAuthStatus.IN_PROGRESS, response);
      exchange.fail(
        status === QuorumAuthStatus.ERROR
          ? "the user or the password is wrong"
          : "it did not prove that it knows the password",
      );
    });
    exchange.send(QuorumAuthStatus.IN_PROGRESS, EMPTY);
  }

  check(socket: QuorumSocket, received: Uint8Array, then: (rest: Uint8Array) => void): void {
    const { isRequired, users, random, logger } = this.#options;
    const passwordOf = (user: string): string | undefined => (Object.hasOwn(users, user) ? users[user] : undefined);
    const server = new DigestMd5(passwordOf, random, quorumService);
    const exchange = new Exchange(socket, (reason, remedy = CHECK_REMEDY) => {
      const message = "authentication (SASL): refused a server";
      logger.warn(message, { remote: socket.remoteAddress, reason, remedy });
    });
    exchange.withoutAuthentication = () => {
      if (isRequired) exchange.fail("it did not authenticate", "set quorum.auth.learnerRequireSasl=true there");
      else exchange.end(then);
    };
    exchange.begin(received, ({ token }) => {
      const step = server.answer(token ?? EMPTY);
      if (step.kind === "refused") {
        exchange.send(QuorumAuthStatus.ERROR, EMPTY);
        return exchange.fail(step.reason);
      }
      exchange.send(step.kind === "accepted" ? QuorumAuthStatus.SUCCESS : QuorumAuthStatus.IN_PROGRESS, step.token);
      if (step.kind === "accepted") exchange.end(then);
    });
  }
}

const PROVE_REMEDY =
  "set quorum.auth.enableSasl=true there, and give this server's user (section QuorumLearner) the password of the section QuorumServer there";
const CHECK_REMEDY = "give its user (section QuorumLearner there) the password of the section QuorumServer here";

type Packet = NonNullable<ReturnType<QuorumAuthDecoder["next"]>>;

/** Packets of one authentication. It listens to the socket until it ends, fails, or the connection does. */
class Exchange {
  readonly #socket: QuorumSocket;
  readonly #onFailed: (reason: string, remedy?: string) => void;
  readonly #decoder = new QuorumAuthDecoder();
  #onPacket: (packet: Packet) => void = () => {};
  #isOver = false;
  #hasBegun = false;
  /** True if the other server, and not this one, has ended the connection. */
  #isCut = false;
  /** Called when the first byte, or the end of the connection, shows that the other server does not authenticate. */
  withoutAuthentication: (() => void) | undefined;

  constructor(socket: QuorumSocket, onFailed: (reason: string, remedy?: string) => void) {
    this.#socket = socket;
    this.#onFailed = onFailed;
  }

  begin(received: Uint8Array, onPacket: (packet: Packet) => void): void {
    this.#onPacket = onPacket;
    this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onEnd);
    this.#socket.on("error", this.#onError);
    this.#socket.on("close", this.#onClose);
    if (received.length > 0) this.#onData(received);
  }

  send(status: number, token: Uint8Array): void {
    this.#socket.write(quorumAuthBytes(status, token));
  }

  /** Leaves the connection to the caller, with the bytes that follow the authentication. */
  end(then: (rest: Uint8Array) => void): void {
    this.#leave();
    then(this.#decoder.rest);
  }

  fail(reason: string, remedy?: string): void {
    this.#leave();
    this.#onFailed(reason, remedy);
    // What was sent last leaves first.
    this.#socket.end(() => this.#socket.destroy());
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#decoder.push(chunk);
    const isOther = !this.#hasBegun && chunk[0] !== QUORUM_AUTH_MAGIC_BYTE;
    this.#hasBegun = true;
    if (isOther && this.withoutAuthentication !== undefined) return this.withoutAuthentication();
    try {
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
        this.#onPacket(packet);
        if (this.#isOver) return;
      }
    } catch (error) {
      this.fail((error as Error).message);
    }
  };

  readonly #onEnd = (): void => {
    this.#isCut = true;
    if (!this.#hasBegun && this.withoutAuthentication !== undefined) this.withoutAuthentication();
  };

  readonly #onError = (): void => {
    this.#isCut = true;
  };

  readonly #onClose = (): void => {
    if (this.#isOver) return;
    this.#leave();
    // The server that has dialed says why in its own log.
    if (this.#isCut && this.withoutAuthentication === undefined)
      this.#onFailed("it ended the connection during the authentication");
  };

  #leave(): void {
    this.#isOver = true;
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onClose);
  }
}
