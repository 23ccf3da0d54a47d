import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { silentLogger } from "@conclave/runtime";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { firstFailure } from "../../test-support/first-failure.js";
import { connectForLong } from "../../test-support/long-session.js";
import { makeTestCertificates, type TestCertificates } from "../../test-support/test-certificates.js";
import type { ConnectOptions } from "../index.js";

let made: TestCertificates;
let others: TestCertificates;
beforeAll(async () => {
  [made, others] = await Promise.all([makeTestCertificates(), makeTestCertificates()]);
});
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});
const listen = async (server: Server): Promise<string> => {
  open.push(server);
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const tlsServer = (options: () => TlsOptions) => async () => {
  const server = createTlsServer(options(), (socket) => socket.on("error", () => {}));
  return listen(server);
};
const mutual = (maxVersion: "TLSv1.2" | "TLSv1.3") =>
  tlsServer(() => ({ ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true, maxVersion }));
const httpServer = () => listen(createHttpServer());
const greeting = (text: string) => () =>
  listen(createServer((socket) => void socket.on("error", () => {}).write(text)));

describe("a failed handshake names its cause and the option to look at", () => {
  it.each<[string, () => Promise<string>, () => ConnectOptions, string, RegExp]>([
    [
      "the certificate of a CA that is not trusted",
      tlsServer(() => made.server),
      () => ({ tls: true }),
      "unreachable",
      /TLS: no trusted CA has signed the server's certificate \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\); give its CA as tls\.ca/,
    ],
    [
      "the certificate of another CA than the given one",
      tlsServer(() => others.server),
      () => ({ tls: { ca: made.ca } }),
      "unreachable",
      /TLS: no trusted CA has signed the server's certificate/,
    ],
    [
      "a certificate for another host",
      tlsServer(() => made.elsewhere),
      () => ({ tls: { ca: made.ca } }),
      "unreachable",
      /TLS: the server's certificate is for another host: it holds DNS:elsewhere\.invalid; .*set tls\.servername/,
    ],
    [
      "a server that asks for a certificate of the client, by TLS 1.3",
      mutual("TLSv1.3"),
      () => ({ tls: { ca: made.ca } }),
      "closed",
      /TLS: the server does not accept the client's certificate, or requires one \(.*\); see tls\.cert and tls\.key/,
    ],
    [
      "a server that asks for a certificate of the client, by TLS 1.2",
      mutual("TLSv1.2"),
      () => ({ tls: { ca: made.ca } }),
      "unreachable",
      /TLS: .*\(ERR_SSL_.*ALERT_HANDSHAKE_FAILURE\); see tls\.cert/,
    ],
    [
      "a server that does not trust the certificate of the client",
      mutual("TLSv1.3"),
      () => ({ tls: { ca: made.ca, ...others.client } }),
      "closed",
      /closed the connection.*refuse the client's certificate \(tls\.cert\)/,
    ],
    [
      "a server of an older TLS version",
      tlsServer(() => ({ ...made.server, maxVersion: "TLSv1.2" })),
      () => ({ tls: { ca: made.ca, minVersion: "TLSv1.3" } }),
      "unreachable",
      /TLS: no version in common.*tls\.minVersion/,
    ],
    [
      "a port that speaks HTTP, asked for TLS",
      httpServer,
      () => ({ tls: true }),
      "unreachable",
      /TLS: the port does not speak TLS/,
    ],
    ["a port that speaks HTTP", httpServer, () => ({}), "malformed", /the port speaks HTTP, not ZooKeeper's protocol/],
    ["a port that speaks SSH", greeting("SSH-2.0-OpenSSH_9.6\r\n"), () => ({}), "malformed", /the port speaks SSH/],
    [
      "a port that answers with a TLS alert",
      greeting("\x15\x03\x01\x00\x02\x02\x46"),
      () => ({}),
      "malformed",
      /the port speaks TLS: set the option tls/,
    ],
    [
      "a port that speaks TLS and closes connections that do not",
      tlsServer(() => made.server),
      () => ({}),
      "closed",
      /closed the connection instead of answering the handshake; its port may require TLS \(tls\)/,
    ],
    [
      "a port without a listener",
      async () => {
        const address = await httpServer();
        for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
        return address;
      },
      () => ({}),
      "unreachable",
      /ECONNREFUSED/,
    ],
  ])("%s", async (_name, start, options, reason, message) => {
    const error = await firstFailure(await start(), options());
    expect(error).toMatchObject({ name: "ConnectionError", reason, message: expect.stringMatching(message) });
  });

  it("is logged as a warning once per cause, and is the cause of connect's error", async () => {
    const address = await httpServer();
    const warnings: unknown[] = [];
    let onRepeated = (): void => {};
    const repeated = new Promise<void>((resolve) => {
      onRepeated = resolve;
    });
    const logger = {
      ...silentLogger,
      warn: (_message: string, fields: object = {}) => void warnings.push(fields),
      debug: (message: string) => {
        if (message === "zookeeper: attempt to connect failed") onRepeated();
      },
    };
    const timers: (() => void)[] = [];
    const clock = {
      now: () => performance.now(),
      wallTime: () => Date.now(),
      setTimer: (delayMs: number, callback: () => void) => {
        if (delayMs === 77_777) timers.push(callback);
        const handle = delayMs === 77_777 ? undefined : setTimeout(callback, delayMs);
        return { cancel: () => clearTimeout(handle) };
      },
    };
    const options = { logger, clock, connectTimeoutMs: 77_777, backoff: { initialMs: 1, maxMs: 1 } };
    const connecting = connectForLong(address, options);
    await repeated;
    for (const fire of timers) fire();
    await expect(connecting).rejects.toMatchObject({
      code: "OPERATION_TIMEOUT",
      message: expect.stringContaining("the port speaks HTTP"),
      cause: { reason: "malformed" },
    });
    expect(warnings).toHaveLength(1);
  });
});

describeOnEachEnsemble("a plain port asked for TLS", ({ connectString }) => {
  it("is named as one that may not speak TLS", async () => {
    const [server = ""] = connectString().split(",");
    const error = await firstFailure(server, { tls: { ca: made.ca } });
    expect(error).toMatchObject({ reason: "unreachable", message: expect.stringMatching(/TLS: .*may not speak TLS/) });
  });
});
