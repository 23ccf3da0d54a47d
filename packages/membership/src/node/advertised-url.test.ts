import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { advertisedUrl } from "./advertised-url.js";

const listen = async (server: Server, where: object): Promise<Server> => {
  server.listen({ port: 0, ...where });
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return server;
};
const port = (server: Server): number => (server.address() as AddressInfo).port;
const at = (address: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
  ({ address, family: "IPv4", internal: false, ...more }) as NetworkInterfaceInfo;

describe("the advertised URL", () => {
  it("is the address on which the server listens", async () => {
    const server = await listen(createServer(), { host: "127.0.0.1" });
    expect(advertisedUrl(server, {})).toBe(`http://127.0.0.1:${port(server)}`);
  });

  it("is the first external IPv4 address where it listens on all, and loopback where there is none", async () => {
    const server = await listen(createServer(), { host: "0.0.0.0" });
    const lo = [at("127.0.0.1", { internal: true })];
    const eth0 = [at("fe80::1", { family: "IPv6" }), at("192.0.2.7"), at("192.0.2.8")];
    expect(advertisedUrl(server, { lo, eth0 })).toBe(`http://192.0.2.7:${port(server)}`);
    expect(advertisedUrl(server, { lo })).toBe(`http://127.0.0.1:${port(server)}`);
  });

  it("is https for a TLS server", async () => {
    const server = await listen(createTlsServer(), { host: "127.0.0.1" });
    expect(advertisedUrl(server, {})).toBe(`https://127.0.0.1:${port(server)}`);
  });

  it("throws for a server on a Unix socket, and for a server that does not listen", async () => {
    const folder = await mkdtemp(join(tmpdir(), "membership-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = createServer().listen(join(folder, "socket"));
    onTestFinished(() => void server.close());
    await once(server, "listening");
    for (const each of [server, createServer()])
      expect(() => advertisedUrl(each, {})).toThrow("set the option url of membership");
  });
});
