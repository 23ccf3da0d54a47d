/*
 * Texts for failed connections that name the cause and the option to look at, for errors that do not say so themselves:
 * those of TLS, and bytes of another protocol in place of an answer to the handshake.
 */

const UNTRUSTED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_UNTRUSTED",
]);
/** Bytes that are not a TLS record. */
const NO_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE|UNKNOWN_PROTOCOL)$/;
const NO_COMMON_VERSION = /^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/;
/** Alerts of a server that rejects the client's certificate, or requires one. */
const CLIENT_CERTIFICATE = /_ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE)/;

/** Fields that Node.js adds to errors of sockets and of TLS. */
interface SocketError extends Error {
  readonly code?: string;
  /** Text from OpenSSL, or the host that is missing in the certificate. */
  readonly reason?: string;
  /** Certificate of the server, if it belongs to another host. */
  readonly cert?: { readonly subjectaltname?: string };
}

/** Returns the text for an error of the socket. `isOpening`: the connection, with TLS, was not open yet. */
export function socketFailure(error: Error, usesTls: boolean, isOpening: boolean): string {
  // After attempts on several addresses Node.js gives an error without a message.
  if (error instanceof AggregateError) {
    const each = (error.errors as Error[]).map((one) => socketFailure(one, usesTls, isOpening));
    return [...new Set(each)].join("; ");
  }
  const { code = "", reason, message, cert } = error as SocketError;
  if (!usesTls) return message || code;
  if (UNTRUSTED.has(code)) {
    return `TLS: no trusted CA has signed the server's certificate (${code}); give its CA as tls.ca`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = cert?.subjectaltname ?? "no name";
    return `TLS: the server's certificate is for another host: it holds ${names}; connect by that name, or set tls.servername`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return `TLS: the server's certificate has expired, or is not valid yet (${code}); check the clocks of both machines`;
  }
  if (NO_TLS.test(code)) {
    return `TLS: the port does not speak TLS (${code}); use the server's secure port, or leave tls out`;
  }
  if (NO_COMMON_VERSION.test(code)) {
    return `TLS: no version in common with the server (${code}); see tls.minVersion and tls.maxVersion`;
  }
  if (CLIENT_CERTIFICATE.test(code)) {
    return `TLS: the server does not accept the client's certificate, or requires one (${code}); see tls.cert and tls.key`;
  }
  if (code.startsWith("ERR_SSL_")) return `TLS: ${reason ?? message} (${code}); see tls.cert, tls.key and tls.ciphers`;
  if (code === "ECONNRESET" && isOpening) {
    return "TLS: the server closed the connection during the TLS handshake; its port may not speak TLS, or it refuses tls.cert";
  }
  return message || code;
}

/** Returns the text for a server that closed the connection instead of answering ZooKeeper's handshake. */
export function noHandshake(usesTls: boolean): string {
  const hint = usesTls ? "it may refuse the client's certificate (tls.cert)" : "its port may require TLS (tls)";
  return `the server closed the connection instead of answering the handshake; ${hint}, or the server is not ready`;
}

const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 3;
const HTTP2_SETTINGS = 4;
const HTTP2_FRAME_HEAD_BYTES = 9;

/** Returns the text for an answer in another protocol; `undefined` if the bytes look like none of the known ones. */
export function foreignProtocol(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === TLS_ALERT || first === TLS_HANDSHAKE) && second === TLS_MAJOR_VERSION) {
    return "the port speaks TLS: set the option tls, or use the server's plain port";
  }
  if (isHttp2(bytes)) return notZooKeeper("HTTP/2");
  const start = Buffer.from(bytes.subarray(0, 9)).toString("latin1");
  const named = /^(HTTP|SSH|RFB|AMQP)/.exec(start)?.[1];
  // Some servers answer an invalid request with a page alone.
  const protocol = named ?? (/^(<html|<!doctype)/i.test(start) ? "HTTP" : undefined);
  return protocol === undefined ? undefined : notZooKeeper(protocol);
}

function notZooKeeper(protocol: string): string {
  return `the port speaks ${protocol}, not ZooKeeper's protocol`;
}

/** The first frame of HTTP/2, and so of gRPC: three bytes of length, SETTINGS, no flags, stream 0. */
function isHttp2(bytes: Uint8Array): boolean {
  if (bytes.length < HTTP2_FRAME_HEAD_BYTES || bytes[0] !== 0 || bytes[3] !== HTTP2_SETTINGS) return false;
  return bytes.subarray(4, HTTP2_FRAME_HEAD_BYTES).every((byte) => byte === 0);
}
