import { connect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { type ElectionAddress, PacketType } from "@conclave/protocol";
import { freePorts, silentLogger, systemClock, systemRandom } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeTestCertificates, type TestCertificates } from "../../test-support/wire/test-certificates.js";
import type { QuorumTlsOptions } from "../options/quorum-tls-options.js";
import { ElectionPort } from "./election-port.js";
import { LeaderConnection } from "./leader-connection.js";
import { LearnerPort } from "./learner-port.js";
import { type Network, tcpNetwork } from "./network.js";
import { QuorumAuthentication, type QuorumAuthenticationOptions } from "./quorum-authentication.js";
import { SecureNetwork, type SecureNetworkOptions } from "./secure-network.js";

const HOST = "127.0.0.1";
const closers: (() => unknown)[] = [];
const warnings: string[] = [];
let certificates: TestCertificates;

beforeAll(async () => {
  certificates = await makeTestCertificates();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  warnings.length = 0;
});

const logger = {
  ...silentLogger,
  warn: (message: string, fields?: object) =>
    warnings.push(
      `${message}: ${Object.values(fields ?? {})
        .map(String)
        .join(" ")}`,
    ),
};

function network(options: Partial<SecureNetworkOptions>): SecureNetwork {
  return new SecureNetwork({
    ...{ tls: undefined, dialsTls: options.tls !== undefined, acceptsPlain: false, authentication: undefined, logger },
    ...options,
  });
}

const tls = (more: Partial<QuorumTlsOptions> = {}): QuorumTlsOptions => ({
  ...certificates.server,
  ca: certificates.ca,
  ...more,
});

function sasl(options: Partial<QuorumAuthenticationOptions> = {}): QuorumAuthentication {
  return new QuorumAuthentication({
    ...{ isRequired: true, proves: true, users: { zk: "secret" }, user: "zk", password: "secret" },
    ...{ random: systemRandom, logger, ...options },
  });
}

/** Two election ports, each with its network; the ids decide which of them has to dial. */
class Pair {
  readonly received: string[] = [];
  readonly ports = new Map<bigint, ElectionPort>();
  readonly #addresses = new Map<bigint, ElectionAddress>();

  static async start(one: Network, two: Network): Promise<Pair> {
    const pair = new Pair();
    await pair.#start(1n, one);
    await pair.#start(2n, two);
    return pair;
  }

  async #start(id: bigint, of: Network): Promise<void> {
    const port = new ElectionPort({
      id,
      listen: [{ host: HOST, port: 0 }],
      addressesOf: (each) => [this.#addresses.get(each)].filter((address) => address !== undefined),
      onMessage: (from, message) => void this.received.push(`${id} from ${from}: ${Buffer.from(message)}`),
      ...{ network: of, clock: systemClock, logger },
    });
    closers.push(() => port.close());
    await port.listen();
    this.ports.set(id, port);
    this.#addresses.set(id, { host: HOST, port: port.port });
  }

  send(from: bigint, text: string): void {
    this.ports.get(from)!.send(3n - from, Buffer.from(text));
  }

  /** Sends in both directions until both messages have arrived. */
  async talk(): Promise<void> {
    this.send(1n, "one");
    this.send(2n, "two");
    // A new connection begins with the last message, so one may arrive twice.
    await eventually(() => expect([...new Set(this.received)].sort()).toEqual(["1 from 2: two", "2 from 1: one"]));
  }
}

/** Sends a packet of a learner to a leader; resolves with the type that arrives, or with the cause of the end. */
async function register(leader: Network, learner: Network): Promise<string> {
  const [port = 0] = await freePorts(1);
  return new Promise((resolve, reject) => {
    const learnerPort = new LearnerPort({
      ...{
        addresses: [{ host: HOST, port }],
        maxPacketBytes: 1000,
        network: leader,
        clock: systemClock,
        logger,
        defer: setImmediate,
      },
      onRead: () => {},
      onPacket: (_, { type }) => resolve(`packet ${type}`),
      onGone: () => {},
    });
    closers.push(() => learnerPort.close());
    learnerPort.listen().then(() => {
      const connection: LeaderConnection = new LeaderConnection({
        ...{ addresses: [{ host: HOST, port }], connectLimitMs: 0, maxPacketBytes: 1000, network: learner },
        ...{ clock: systemClock, defer: setImmediate },
        onConnected: () => {
          const { send } = connection;
          send.call(connection, { type: PacketType.FOLLOWERINFO, zxid: 0n, data: null, authInfo: null });
        },
        onPacket: () => {},
        onRead: () => {},
        onSilent: () => {},
        onClosed: (cause) => resolve(`closed: ${cause}`),
      });
      closers.push(() => connection.close());
    }, reject);
  });
}

const REGISTERED = `packet ${PacketType.FOLLOWERINFO}`;

describe("connections between servers", () => {
  const secured: readonly (readonly [string, () => Network])[] = [
    ["TLS", () => network({ tls: tls() })],
    ["authentication", () => network({ authentication: sasl() })],
    ["TLS and authentication", () => network({ tls: tls(), authentication: sasl() })],
    ["TLS that both sides may leave out", () => network({ tls: tls(), acceptsPlain: true, dialsTls: false })],
    ["optional authentication", () => network({ authentication: sasl({ isRequired: false }) })],
  ];

  it.each(secured)("carry votes and learners' packets with %s", async (_, make) => {
    await (await Pair.start(make(), make())).talk();
    expect(await register(make(), make())).toBe(REGISTERED);
    expect(warnings).toEqual([]);
  });

  const moves: readonly (readonly [string, () => Network, () => Network])[] = [
    [
      "TLS",
      () => network({ tls: tls(), acceptsPlain: true }),
      () => network({ tls: tls(), dialsTls: false, acceptsPlain: true }),
    ],
    [
      "authentication",
      () => network({ authentication: sasl({ isRequired: false }) }),
      () => network({ authentication: sasl({ isRequired: false, proves: false }) }),
    ],
    [
      "the step before it is required",
      () => network({ authentication: sasl() }),
      () => network({ authentication: sasl({ isRequired: false }) }),
    ],
  ];
  it.each(moves)(
    "go on while an ensemble is moved to %s, whichever server was moved first",
    async (_, moved, other) => {
      await (await Pair.start(moved(), other())).talk();
      await (await Pair.start(other(), moved())).talk();
      expect(await register(moved(), other())).toBe(REGISTERED);
      expect(await register(other(), moved())).toBe(REGISTERED);
      expect(warnings).toEqual([]);
    },
  );

  it("use new certificates after a reload, and refuse invalid ones", async () => {
    const [one, two] = [network({ tls: tls() }), network({ tls: tls() })];
    const pair = await Pair.start(one, two);
    expect(() => one.reload({ key: "none" })).toThrow();
    one.reload({ ...certificates.stranger });
    pair.send(2n, "unheard");
    await eventually(() => expect(warnings.join()).toContain("ssl.quorum.trustStore.location"));
    one.reload({ ...certificates.server });
    await pair.talk();
  });
});

describe("a server that is refused", () => {
  const plain = (): Network => tcpNetwork;
  const refusals: readonly (readonly [string, () => Network, () => Network, RegExp])[] = [
    ["that does not use TLS", () => network({ tls: tls() }), plain, /portUnification=true/],
    [
      "without a certificate",
      () => network({ tls: tls() }),
      () => network({ tls: { ca: certificates.ca } }),
      /ssl\.quorum\.keyStore\.location/,
    ],
    [
      "with a certificate of another authority",
      () => network({ tls: tls() }),
      () => network({ tls: tls(certificates.stranger) }),
      /ssl\.quorum\.trustStore\.location/,
    ],
    [
      "with the certificate of another host",
      () => network({ tls: tls() }),
      () => network({ tls: tls(certificates.alice) }),
      /ssl\.quorum\.hostnameVerification=false/,
    ],
    [
      "with a revoked certificate",
      () => network({ tls: tls({ crl: certificates.crl }) }),
      () => network({ tls: tls(certificates.revoked) }),
      /issue that server a new certificate/,
    ],
    ["that does not authenticate", () => network({ authentication: sasl() }), plain, /learnerRequireSasl=true/],
    [
      "with a wrong password",
      () => network({ authentication: sasl() }),
      () => network({ authentication: sasl({ password: "guess" }) }),
      /section QuorumLearner.*password/,
    ],
    [
      "with an unknown user",
      () => network({ authentication: sasl() }),
      () => network({ authentication: sasl({ user: "guest" }) }),
      /no such user/,
    ],
  ];

  it.each(refusals)("%s is not heard, and the log says what to do", async (_, careful, other, remedy) => {
    expect(await register(careful(), other())).not.toBe(REGISTERED);
    await eventually(() => expect(warnings.join()).toMatch(remedy));
    const pair = await Pair.start(other(), careful());
    const before = warnings.length;
    pair.send(1n, "one");
    await eventually(() => expect(warnings.slice(before).join()).toMatch(remedy));
    expect(pair.received).toEqual([]);
  });

  it("may have the certificate of another host if names are not verified", async () => {
    const lax = (): Network => network({ tls: tls({ ...certificates.alice, hostnameVerification: false }) });
    expect(await register(lax(), lax())).toBe(REGISTERED);
  });

  it("is not one with another certificate of an authority that has revoked some", async () => {
    const [one, two] = [1, 2].map(() => network({ tls: tls({ crl: certificates.crl }) }));
    expect(await register(one!, two!)).toBe(REGISTERED);
    expect(warnings).toEqual([]);
  });

  it("is the one that was dialed, too: it must prove that it knows the password", async () => {
    const impostor = network({ authentication: sasl({ users: { zk: "guess" } }) });
    expect(await register(impostor, network({ authentication: sasl() }))).not.toBe(REGISTERED);
  });
});

describe("a stranger", () => {
  async function portOf(of: Network): Promise<number> {
    const listener = await of.listen({ host: HOST, port: 0, onConnection() {}, onError() {} });
    closers.push(() => listener.close());
    return listener.port;
  }

  async function dial(port: number): Promise<Socket> {
    const socket = connect({ host: HOST, port });
    closers.push(() => socket.destroy());
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    return socket;
  }
  const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));

  it.each([
    ["TLS", false],
    ["optional TLS", true],
  ])("that does not end its handshake is cut, with %s", async (_, acceptsPlain) => {
    const port = await portOf(network({ tls: tls({ handshakeTimeoutMs: 50 }), acceptsPlain }));
    await closed(await dial(port));
    const half = await dial(port);
    half.write(Buffer.from("160301", "hex"));
    await closed(half);
  });

  it("takes the place of the oldest one if there are many handshakes", async () => {
    const port = await portOf(network({ tls: tls({ handshakeTimeoutMs: 3_600_000 }) }));
    const oldest = await dial(port);
    const isCut = closed(oldest);
    for (let count = 0; count < 64; count++) await dial(port);
    await isCut;
    const known = tlsConnect({ host: HOST, port, ...certificates.server, ca: certificates.ca });
    closers.push(() => known.destroy());
    await new Promise((resolve, reject) => known.once("secureConnect", resolve).once("error", reject));
  });
});
