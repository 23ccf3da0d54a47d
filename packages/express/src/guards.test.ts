import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type Express, type Request, type Response } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import { leaderOnly, membership, ownedBy } from "./index.js";

const ask = async (app: Express, path: string): Promise<string> => {
  app.use((error: Error, _request: Request, response: Response, _next: () => void) => {
    response.status(500).send(error.message);
  });
  const server = app.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return `${answer.status} ${await answer.text()}`;
};

describe("a guard in an Express app", () => {
  it("reports a missing membership to the error handler of the app", async () => {
    const app = express();
    app.get("/leader", leaderOnly(), (_request, response) => void response.send("ran"));
    expect(await ask(app, "/leader")).toBe(
      "500 leaderOnly() and ownedBy() need membership(): call app.use(membership({ … })) before the route",
    );
  });

  it("lets no request in before the process has joined", async () => {
    const app = express();
    app.use(membership({ servers: "127.0.0.1:1", group: "web" }));
    app.get("/leader", leaderOnly({ otherwise: "proxy" }), (_request, response) => void response.send("ran"));
    expect(await ask(app, "/leader")).toMatch(/^503 .*IN_DOUBT/);
  });

  it("passes an error of the key function to the error handler of the app", async () => {
    const app = express();
    app.use(membership({ servers: "127.0.0.1:1", group: "web" }));
    const key = (): string => {
      throw new Error("no key");
    };
    app.get("/key", ownedBy(key), (_request, response) => void response.send("ran"));
    expect(await ask(app, "/key")).toBe("500 no key");
  });

  it("refuses an unknown option when it is created", () => {
    expect(() => leaderOnly({ otherwise: "hope" as never })).toThrow(
      'otherwise must be "redirect", "proxy" or "refuse"',
    );
    expect(() => ownedBy(() => "", { otherwise: "hope" as never })).toThrow(TypeError);
  });
});
