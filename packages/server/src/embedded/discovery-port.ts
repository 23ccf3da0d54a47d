import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Logger } from "@conclave/runtime";
import { HttpPort } from "../admin/http-port.js";
import type { SecureNetwork } from "../quorum/secure-network.js";
import { type InitialConfiguration, type ReplicaInfo, readInitial } from "./replica-info.js";
import type { Seals } from "./sealed.js";

/** State for the probes of an orchestrator. */
export interface Readiness {
  readonly isReady: boolean;
  /** Reason if it is not. */
  readonly reason: string;
}

export interface DiscoveryPortOptions {
  readonly address: string;
  readonly port: number;
  readonly seals: Seals;
  /** TLS of the other replicas; undefined for plain HTTP. It accepts connections without TLS too, for probes. */
  readonly network: SecureNetwork | undefined;
  readonly logger: Logger;
  readonly wallTime: () => number;
  readonly info: () => ReplicaInfo;
  readonly readiness: () => Readiness;
  /** Accepts an initial configuration. Resolves with the reason if it is refused, when nothing was stored. */
  readonly accept: (initial: InitialConfiguration) => Promise<string | undefined>;
}

/** Paths of the discovery port, and the headers of signatures. */
export const DISCOVERY = {
  replica: "/replica",
  bootstrap: "/bootstrap",
  time: "x-conclave-time",
  nonce: "x-conclave-nonce",
  signature: "x-conclave-signature",
} as const;

/** Longest request or answer. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
const IDLE_TIMEOUT_MS = 30_000;

/** Answers other replicas (`/replica`, `/bootstrap`) and probes (`/livez`, `/readyz`) by HTTP. */
export function discoveryPort(options: DiscoveryPortOptions): HttpPort {
  const { address, port, logger, network } = options;
  return new HttpPort({
    ...{ name: "discovery", address, port, logger, idleTimeoutMs: IDLE_TIMEOUT_MS },
    listen:
      network &&
      (({ onConnection, ...place }) =>
        network.listen({ ...place, onConnection: (socket) => onConnection(socket as Socket) })),
    answer: (request, response) => answer(options, request, response),
  });
}

async function answer(
  options: DiscoveryPortOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  const asked = `${method} ${url}`;
  if (asked === "GET /livez") return text(response, 200, "ok");
  if (asked === "GET /readyz") {
    const { isReady, reason } = options.readiness();
    return text(response, isReady ? 200 : 503, isReady ? "ok" : reason);
  }
  if (asked !== `GET ${DISCOVERY.replica}` && asked !== `POST ${DISCOVERY.bootstrap}`) {
    return text(response, 404, "this port has /livez, /readyz and the discovery of Conclave's replicas");
  }
  if (options.network !== undefined && !(request.socket instanceof TLSSocket)) {
    return text(response, 403, "replicas ask this port with TLS; without it there are /livez and /readyz only");
  }
  const body = await read(request);
  if (body === undefined) return text(response, 413, "the request is too long");
  const seal = {
    time: header(request, DISCOVERY.time),
    nonce: header(request, DISCOVERY.nonce),
    signature: header(request, DISCOVERY.signature),
  };
  if (!options.seals.isRequest({ method, path: url, body }, seal, options.wallTime())) {
    return text(response, 401, "the signature is wrong: replicas need the same secret, and clocks that agree");
  }
  const { status, value } = method === "GET" ? { status: 200, value: options.info() } : await accept(options, body);
  const sent = JSON.stringify(value);
  response.setHeader(DISCOVERY.signature, options.seals.answer(seal.nonce, sent));
  response.writeHead(status, { "content-type": "application/json" }).end(sent);
}

async function accept({ accept }: DiscoveryPortOptions, body: string): Promise<{ status: number; value: unknown }> {
  const initial = readInitial(parsed(body));
  if (initial === undefined) return { status: 400, value: { refused: "it is no initial configuration" } };
  const refused = await accept(initial);
  return refused === undefined ? { status: 200, value: {} } : { status: 409, value: { refused } };
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > MAX_MESSAGE_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

/** Reads JSON; undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function text(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}
