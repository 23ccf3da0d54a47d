import { describe, expect, it } from "vitest";
import { KINDS, type Parsed, readCompose, readDeployFile } from "./deploy-files.ts";
import { expectLifeOfMembers } from "./life-of-members.ts";
import { LocalMembers } from "./local-members.ts";

const compose = (kind: string): Parsed => readCompose(kind, { CONCLAVE_SECRET: "a secret of this test" });
const services = (kind: string): readonly (readonly [string, Parsed])[] => Object.entries(compose(kind).services);

describe.each(KINDS)("deploy/%s/compose.yaml", (kind) => {
  it("has three services with a volume of their own, which run without root or a writable root file system", () => {
    expect(services(kind)).toHaveLength(3);
    const volumes = services(kind).map(([, { volumes }]) => volumes[0].split(":")[0]);
    expect(volumes.toSorted()).toEqual(Object.keys(compose(kind).volumes).toSorted());
    expect(new Set(volumes).size).toBe(3);
    for (const [name, service] of services(kind)) {
      expect(service).toMatchObject({ hostname: name, read_only: true, user: "1000:1000", stop_signal: "SIGTERM" });
      expect(service.cap_drop).toEqual(["ALL"]);
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:(?:2181|3000)$/);
    }
  });

  it("names the servers by their services", () => {
    const names = services(kind).map(([name]) => name);
    if (kind === "embedded") {
      const [, { environment }] = services(kind)[0]!;
      expect(environment.CONCLAVE_PEERS.split(",")).toEqual(names);
      return;
    }
    const lines = compose(kind).configs["zoo.cfg"].content.match(/^server\..*$/gm);
    expect(lines).toEqual(names.map((name, index) => `server.${index + 1}=${name}:2888:3888`));
    expect(services(kind).map(([, { environment }]) => environment.SERVER_ID)).toEqual(["1", "2", "3"]);
  });
});

it("runs the command, health check and signal of the embedded compose.yaml on this machine", async () => {
  const command = JSON.parse(/^CMD (.*)$/m.exec(readDeployFile("embedded", "Dockerfile"))![1]!) as readonly string[];
  const members = await LocalMembers.prepare();
  const all = services("embedded").map(([, service]) => service);
  const [, ...ready] = all[0].healthcheck.test as readonly string[];
  await expectLifeOfMembers(members, {
    commandOf: (id) => ({ command, env: members.embeddedEnv(id, all[id - 1].environment) }),
    ready,
  });
});
