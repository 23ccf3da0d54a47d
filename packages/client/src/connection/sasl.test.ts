import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startApacheStandalone } from "@conclave/services";
import { apache, describeOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { digestMd5, type SaslMechanism, ZkError } from "../index.js";

describeOnApache("SASL", () => {
  let server: Awaited<ReturnType<typeof startApacheStandalone>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const jaas = join(folder.path, "jaas.conf");
    await writeFile(
      jaas,
      'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_ann="secret" user_bob="\\"b\\\\"; };\n',
    );
    server = await startApacheStandalone({
      apache: apache(),
      jvmArgs: [`-Djava.security.auth.login.config=${jaas}`],
      config: {
        "authProvider.1": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
        sessionRequireClientSASLAuth: true,
      },
    });
  });
  afterAll(async () => {
    await server?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it("DIGEST-MD5 authenticates before all requests, on each connection", async () => {
    await using zk = await connectForLong(server.connectString, {
      sasl: digestMd5({ username: "ann", password: "secret" }),
    });
    const acl = [{ permissions: 31, id: { scheme: "sasl", id: "ann" } }];
    await zk.create("/ann", "hers", { acl });
    expect((await zk.whoAmI()).map(({ authScheme, user }) => `${authScheme}:${user}`)).toContain("sasl:ann");
    await server.restart();
    expect((await zk.getData("/ann")).data?.toString()).toBe("hers");
  });

  it("DIGEST-MD5 with a wrong password makes connect reject", async () => {
    const sasl = digestMd5({ username: "ann", password: "wrong" });
    await expect(connectForLong(server.connectString, { sasl })).rejects.toMatchObject({
      code: "AUTH_FAILED",
      outcome: "rejected",
      cause: { name: "ConnectionError", reason: "unauthenticated" },
    });
  });

  it("a server that requires SASL rejects clients without it", async () => {
    const zk = await connectForLong(server.connectString);
    const error = await zk.getData("/ann").catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ZkError);
    expect((error as ZkError).code).toMatch(/SESSION_CLOSED_REQUIRE_SASL_AUTH|CONNECTION_LOSS/);
    await zk.close();
  });

  it("another mechanism can be plugged in, and its error ends the attempt", async () => {
    const seen: unknown[] = [];
    const sasl: SaslMechanism = (at) => ({
      start: () => new Uint8Array(),
      answer: (challenge) => {
        seen.push(at.port, Buffer.from(challenge).includes("realm"));
        throw new Error("no ticket");
      },
    });
    const connecting = connectForLong(server.connectString, { sasl });
    await expect(connecting).rejects.toMatchObject({
      code: "AUTH_FAILED",
      message: expect.stringContaining("no ticket"),
    });
    expect(seen).toEqual([server.clientPort, true]);
  });
});
