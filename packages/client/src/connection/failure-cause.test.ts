import { describe, expect, it } from "vitest";
import { foreignProtocol, noHandshake, socketFailure } from "./failure-cause.js";

const failed = (code: string | undefined, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code }, more);

describe("the text for an error of a plain socket", () => {
  it("is its message, or its code if it has none", () => {
    expect(socketFailure(failed("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"), false, true)).toBe(
      "connect ECONNREFUSED 127.0.0.1:1",
    );
    expect(socketFailure(failed("ECONNRESET", ""), false, true)).toBe("ECONNRESET");
    expect(socketFailure(failed(undefined, ""), false, false)).toBe("");
  });

  it("for several addresses names each failure once", () => {
    const errors = [failed("A", "no route"), failed("B", "refused"), failed("C", "no route")];
    expect(socketFailure(new AggregateError(errors, ""), false, true)).toBe("no route; refused");
  });
});

describe("the text for an error of a TLS socket", () => {
  const text = (code: string, more: object = {}, isOpening = true) =>
    socketFailure(failed(code, "of the socket", more), true, isOpening);

  it.each([
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_UNTRUSTED",
  ])("names the option for the CA for %s", (code) => {
    expect(text(code)).toBe(`TLS: no trusted CA has signed the server's certificate (${code}); give its CA as tls.ca`);
  });

  it("names the hosts in the certificate of another host", () => {
    const other = (cert: object | undefined) => text("ERR_TLS_CERT_ALTNAME_INVALID", { cert });
    const hint = "connect by that name, or set tls.servername";
    const start = "TLS: the server's certificate is for another host: it holds";
    expect(other({ subjectaltname: "DNS:a.invalid" })).toBe(`${start} DNS:a.invalid; ${hint}`);
    expect([other({}), other(undefined)]).toEqual([`${start} no name; ${hint}`, `${start} no name; ${hint}`]);
  });

  it.each(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"])("names the clocks for %s", (code) => {
    expect(text(code)).toBe(
      `TLS: the server's certificate has expired, or is not valid yet (${code}); check the clocks of both machines`,
    );
  });

  it.each([
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_PACKET_LENGTH_TOO_LONG",
    "ERR_SSL_HTTP_REQUEST",
    "ERR_SSL_UNEXPECTED_MESSAGE",
    "ERR_SSL_UNKNOWN_PROTOCOL",
  ])("names the port for %s", (code) => {
    expect(text(code)).toBe(
      `TLS: the port does not speak TLS (${code}); use the server's secure port, or leave tls out`,
    );
  });

  it.each(["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "ERR_SSL_UNSUPPORTED_PROTOCOL"])(
    "names the options for the version for %s",
    (code) => {
      expect(text(code)).toBe(
        `TLS: no version in common with the server (${code}); see tls.minVersion and tls.maxVersion`,
      );
    },
  );

  it.each([
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE",
    "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
  ])("names the options for the client's certificate for %s", (code) => {
    expect(text(code)).toBe(
      `TLS: the server does not accept the client's certificate, or requires one (${code}); see tls.cert and tls.key`,
    );
  });

  it.each(["ERR_SSL_SOMETHING", "ERR_SSL_WRONG_VERSION_NUMBER_OF_A_KIND", "ERR_SSL_UNSUPPORTED_PROTOCOL_OF_A_KIND"])(
    "quotes OpenSSL for %s",
    (code) => {
      const hint = `(${code}); see tls.cert, tls.key and tls.ciphers`;
      expect(text(code, { reason: "of OpenSSL" })).toBe(`TLS: of OpenSSL ${hint}`);
      expect(text(code)).toBe(`TLS: of the socket ${hint}`);
    },
  );

  it.each(["MY_ERR_SSL_WRONG_VERSION_NUMBER", "MY_ERR_SSL_UNSUPPORTED_PROTOCOL", "ETIMEDOUT"])(
    "is the message for %s, which is not an error of TLS",
    (code) => {
      expect(text(code)).toBe("of the socket");
      expect(socketFailure(failed(code, ""), true, true)).toBe(code);
    },
  );

  it("names the port and the certificate for a reset during the TLS handshake, and only then", () => {
    expect(text("ECONNRESET")).toBe(
      "TLS: the server closed the connection during the TLS handshake; its port may not speak TLS, or it refuses tls.cert",
    );
    expect(text("ECONNRESET", {}, false)).toBe("of the socket");
  });

  it("is given for each of several addresses", () => {
    const code = "CERT_UNTRUSTED";
    const several = new AggregateError([failed(code, "")], "");
    expect(socketFailure(several, true, true)).toContain("give its CA as tls.ca");
  });
});

it("the text for a server that closes the connection names the certificate with TLS, and the option tls without", () => {
  const start = "the server closed the connection instead of answering the handshake";
  expect([noHandshake(true), noHandshake(false)]).toEqual([
    `${start}; it may refuse the client's certificate (tls.cert), or the server is not ready`,
    `${start}; its port may require TLS (tls), or the server is not ready`,
  ]);
});

describe("the text for an answer in another protocol", () => {
  const TLS = "the port speaks TLS: set the option tls, or use the server's plain port";
  const speaks = (protocol: string) => `the port speaks ${protocol}, not ZooKeeper's protocol`;

  it.each([
    [Uint8Array.of(0x15, 3, 3), TLS],
    [Uint8Array.of(0x16, 3, 1), TLS],
    [Uint8Array.of(0x15, 2), undefined],
    [Uint8Array.of(0x17, 3), undefined],
    [Uint8Array.of(0, 0, 0, 37), undefined],
    [Uint8Array.of(), undefined],
    [Buffer.from("HTTP/1.1 400 Bad Request"), speaks("HTTP")],
    [Buffer.from("<html>\r\n<head><title>400 Bad Request</title>"), speaks("HTTP")],
    [Buffer.from('<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">'), speaks("HTTP")],
    [Buffer.from("HTTP/1.0 400 no line"), speaks("HTTP")],
    [Uint8Array.of(0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0), speaks("HTTP/2")],
    [Uint8Array.of(0, 0, 18, 5, 0, 0, 0, 0, 0, 0, 3, 0), undefined],
    [Uint8Array.of(0, 0, 18, 4, 0, 0, 0), undefined],
    [Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0), speaks("HTTP/2")],
    [Uint8Array.of(1, 0, 0, 4, 0, 0, 0, 0, 0), undefined],
    [Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 1), undefined],
    [Buffer.from("SSH-2.0-OpenSSH_9.6"), speaks("SSH")],
    [Buffer.from("RFB 003.008"), speaks("RFB")],
    [Buffer.from("AMQP\0\0\x09\x01"), speaks("AMQP")],
    [Buffer.from("no HTTP"), undefined],
    [Buffer.from("no <html"), undefined],
  ])("of the bytes %j is %j", (bytes, text) => {
    expect(foreignProtocol(bytes)).toBe(text);
  });
});
