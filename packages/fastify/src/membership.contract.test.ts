import {
  type ContractApp,
  describeMembershipContract,
  type EchoAnswer,
  viewOfCluster,
} from "@conclave/verification/membership";
import compress from "@fastify/compress";
import fastify, { type FastifyRequest } from "fastify";
import { leaderOnly, type MembershipOptions, membership, ownedBy } from "./index.js";

const WAYS = ["redirect", "proxy", "refuse"] as const;

async function start(options: MembershipOptions, isCompressed: boolean): Promise<ContractApp> {
  const app = fastify();
  const echo = async (request: FastifyRequest): Promise<EchoAnswer> => {
    const { method, url, body } = request;
    return { by: request.cluster.self?.id, method, url, body: typeof body === "string" ? body : "" };
  };
  const waiting: (() => void)[] = [];

  if (isCompressed) await app.register(compress);
  await app.register(membership, options);
  app.get("/long", async (_request, reply) => reply.type("text/plain").send(" ".repeat(100_000)));
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: 1e7 }, async (_request: unknown, body: string) => body);
  app.removeContentTypeParser("text/plain");
  app.get("/view", async ({ cluster }) => viewOfCluster(cluster));
  for (const otherwise of WAYS) {
    const key = (request: FastifyRequest): string => (request.params as { key: string }).key;
    const method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    app.route({ method, url: `/leader/${otherwise}`, onRequest: leaderOnly({ otherwise }), handler: echo });
    app.route({ method, url: `/keys/:key/${otherwise}`, onRequest: ownedBy(key, { otherwise }), handler: echo });
  }
  app.get("/leader/slow", { onRequest: leaderOnly({ otherwise: "refuse" }) }, async (request) => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return echo(request);
  });
  app.get("/running", async () => waiting.length);
  app.get("/release", async () => {
    for (const release of waiting.splice(0)) release();
    return "released";
  });
  app.get("/leader/error", { onRequest: leaderOnly() }, async () => {
    throw new Error("the report failed");
  });
  app.get("/leader/bare", { onRequest: leaderOnly({ otherwise: "proxy" }) }, (_request, reply) => {
    reply.hijack();
    reply.raw.end("bare");
  });
  app.get("/leader/cookies", { onRequest: leaderOnly({ otherwise: "proxy" }) }, async (_request, reply) =>
    reply.code(201).type("text/plain; charset=utf-8").header("set-cookie", ["a=1", "b=2"]).send("ü"),
  );

  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return { url, server: app.server, drain: () => app.drain() };
}

describeMembershipContract("@conclave/fastify", start);
