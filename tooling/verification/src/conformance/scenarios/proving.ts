import type { WireClient } from "../wire/wire-client.ts";
import { data } from "../wire/wire-field.ts";
import { acl, addAuth, create, getAcl, getData, sasl, whoAmI } from "../wire/wire-request.ts";
import { digestResponse } from "./digest-md5-response.ts";
import { type Scenario, type ScenarioGroup, scenario } from "./scenario.ts";

/** The only user of the server. */
export const ANN = { name: "ann", password: "s3cret" };

/** Responds to the last challenge. */
async function respond(client: WireClient, user: typeof ANN, changed: Record<string, string> = {}): Promise<void> {
  const challenge = Buffer.from(client.lastFrame).toString("latin1");
  const shown = `<response of ${user.name}:${user.password} ${JSON.stringify(changed)}>`;
  await client.ask(sasl(data(digestResponse(challenge, user, changed), shown)));
}

/** A client with a wrong response, and the state of its connection afterwards. */
const refused = (name: string, user: typeof ANN, changed: Record<string, string> = {}): Scenario =>
  scenario(name, async (context) => {
    const client = await context.connect();
    await client.ask(sasl(""));
    await respond(client, user, changed);
    await client.ask(whoAmI);
  });

/** Authentication by SASL DIGEST-MD5. */
export const proving: ScenarioGroup = {
  name: "sasl",
  scenarios: [
    scenario("good", async (context, at) => {
      const ann = await context.connect();
      await ann.ask(sasl(""));
      await respond(ann, ANN);
      await ann.ask(whoAmI, create(at("/hers"), { acl: [acl(31, "auth", "")] }), getAcl(at("/hers")));
      await ann.ask(create(at("/by-name"), { acl: [acl(31, "sasl", "ann")] }), getData(at("/by-name")));
      const other = await context.connect();
      await other.ask(getData(at("/hers")), getData(at("/by-name")), whoAmI);
      await other.ask(create(at("/bobs"), { acl: [acl(31, "sasl", "bob/host@REALM"), acl(31, "sasl", "a@b@c")] }));
    }),
    refused("wrong-password", { ...ANN, password: "other" }),
    // Not with the password of ann: the answer of Apache then depends on earlier clients (its handler keeps the last valid name).
    refused("unknown-user", { name: "bob", password: "other" }),
    refused("another-nonce", ANN, { nonce: '"stale"' }),
    refused("another-count", ANN, { nc: "00000002" }),
    refused("another-uri", ANN, { "digest-uri": '"http/elsewhere"' }),
    refused("another-quality", ANN, { qop: "auth-int" }),
    scenario("no-response", async (context) => {
      for (const token of ["", "nonsense", "username=ann", "=,=", "\u0000"]) {
        const client = await context.connect();
        await client.ask(sasl(""), sasl(token), whoAmI);
      }
    }),
    scenario("response-first", async (context) => {
      const client = await context.connect();
      await client.ask(sasl("username=ann"), whoAmI);
    }),
    scenario("twice", async (context) => {
      const client = await context.connect();
      await client.ask(sasl(""));
      await respond(client, ANN);
      await client.ask(sasl(""), whoAmI);
    }),
    scenario("by-auth", async (context) => {
      const client = await context.connect();
      await client.ask(addAuth("sasl", "ann"), whoAmI);
    }),
  ],
};
