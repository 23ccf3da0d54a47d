import { expect, it } from "vitest";
import { readSaslUser, readSaslUsers } from "./jaas.js";

const text = `
/* Of the server. */
Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required // as in Apache's guide
  user_super="adminsecret"
  user_bob="bob \\"s; }";
};
Kerberos {
  com.sun.security.auth.module.Krb5LoginModule required
  useKeyTab=true;
};
`;

it("reads the passwords of a section", () => {
  expect(readSaslUsers(text, "Server")).toEqual({ super: "adminsecret", bob: 'bob "s; }' });
});

it.each([
  [text, "Client", "there is no section Client"],
  [text, "Kerberos", "asks for com.sun.security.auth.module.Krb5LoginModule; only"],
  ["Server [", "Server", "begins with its name and {"],
])("refuses an invalid file with a reason", (content, section, message) => {
  expect(() => readSaslUsers(content, section)).toThrow(message);
});

it("reads the user of this server of a section", () => {
  const module = "org.apache.zookeeper.server.auth.DigestLoginModule required";
  const learner = `QuorumLearner { ${module} username="zk" password="secret"; };`;
  expect(readSaslUser(learner, "QuorumLearner")).toEqual({ name: "zk", password: "secret" });
  expect(() => readSaslUser(text, "Server")).toThrow('must have username="…" and password="…"');
});
