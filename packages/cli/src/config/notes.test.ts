import { describe, expect, it } from "vitest";
import { notesOf } from "./notes.js";
import { parseServerConfig } from "./server-config.js";

const notes = (lines: string): readonly string[] =>
  notesOf(parseServerConfig(`dataDir=/d\nclientPort=2181\n${lines}`, "zoo.cfg", "/").config);

const SAFE = "conclave.sessionSecret=true\nadmin.enableServer=false\n";

describe("a note about safety", () => {
  it("is not given where nothing is open", () => {
    expect(notes(SAFE)).toEqual([]);
    expect(notes("conclave.sessionSecret=true\nDigestAuthenticationProvider.superDigest=super:x=")).toEqual([]);
  });

  it.each([
    ["admin.enableServer=false", "session passwords can be derived from session ids"],
    [`${SAFE}conclave.privateFiles=false`, "other users of this machine can read new data files"],
    [`${SAFE}skipACL=yes`, "every client may do everything"],
    [
      "conclave.sessionSecret=true\nDigestAuthenticationProvider.superDigest=super:x=\nadmin.serverAddress=0.0.0.0",
      "the admin server answers everyone who can reach 0.0.0.0, port 8080",
    ],
    ["conclave.sessionSecret=true", "need a super user: set DigestAuthenticationProvider.superDigest"],
  ])("names the one open setting: %j", (lines, expected) => {
    expect(notes(lines)).toEqual([expect.stringContaining(expected)]);
  });
});
