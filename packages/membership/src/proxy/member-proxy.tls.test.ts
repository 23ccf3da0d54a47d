import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { silentLogger, systemClock } from "@conclave/runtime";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { FetchRequest } from "../http/fetch-request.js";
import { MemberProxy, type ProxyTlsOptions } from "./member-proxy.js";

let key = "";
let cert = "";

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "conclave-proxy-"));
  const subject = ["-subj", "/CN=member", "-addext", "subjectAltName=IP:127.0.0.1"];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"];
  await promisify(execFile)("openssl", ["req", "-x509", ...newKey, "-out", "cert.pem", ...subject], { cwd: folder });
  key = await readFile(join(folder, "key.pem"), "utf8");
  cert = await readFile(join(folder, "cert.pem"), "utf8");
  await rm(folder, { recursive: true });
});

/** Passes a request on to a member that serves by HTTPS, or to `url`. */
const forward = async (tls: ProxyTlsOptions, url?: string, servesTls: { requestCert?: boolean } = {}) => {
  const server = createServer(
    { key, cert, ca: cert, ...servesTls },
    (_request, response) => void response.end("secret"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void warnings.push(fields ?? {}) };
  const proxy = new MemberProxy({ timeoutMs: 60_000, tls, trustProxy: () => false, clock: systemClock, logger });
  onTestFinished(() => {
    proxy.close();
    server.close();
  });
  const request = new FetchRequest(new Request("http://a.example/"), Promise.resolve());
  const to = url ?? `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const member = { id: "a\u202eb", url: to, status: "up", leadsWith: undefined, metadata: {} } as const;
  const answer = await proxy.forward(request, "/", member, 1);
  return { status: answer.status, body: await answer.text(), warnings };
};

describe("a proxy to a member by HTTPS", () => {
  it("accepts a private certificate authority, and presents a client certificate", async () => {
    expect(await forward({ ca: cert })).toMatchObject({ status: 200, body: "secret", warnings: [] });
    expect(await forward({ ca: cert, cert, key }, undefined, { requestCert: true })).toMatchObject({ status: 200 });
  });

  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", {}, undefined],
    ["ERR_TLS_CERT_ALTNAME_INVALID", { servername: "other.example" }, undefined],
    ["ECONNREFUSED", {}, "https://127.0.0.1:9"],
  ])("names the cause %s in the response and in the log", async (cause, tls, url) => {
    const { status, body, warnings } = await forward("servername" in tls ? { ca: cert, ...tls } : tls, url);
    expect(status).toBe(502);
    expect(JSON.parse(body)).toMatchObject({ code: "UNREACHABLE", cause, member: "a\u202eb" });
    expect(body).toContain("a\\u202eb");
    expect(warnings).toMatchObject([{ cause, member: "a\\u202eb", error: { code: cause } }]);
  });
});
