import type { Rule } from "../rule.ts";

interface Leftover {
  readonly what: string;
  readonly pattern: RegExp;
}

// Each pattern is written so that it does not match itself.
const LEFTOVERS: readonly Leftover[] = [
  {
    what: "a path of somebody's machine",
    pattern: /(?<![\w.@/*-])\/(?:work|root|home\/[a-z]\w*|Users\/[A-Za-z]\w*)(?:\/)[\w.]/,
  },
  {
    what: "a host of somebody's registry",
    pattern: /https?:\/\/(?!registry\.npmjs\.org)[\w.-]*(?:registry|artifactory|nexus|verdaccio|mirror)[\w.-]*/i,
  },
  {
    what: "an address of a private network",
    pattern: /https?:\/\/(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+/,
  },
  {
    what: "the name of an assistant",
    pattern:
      /\b(?:[Cc]laud[e]|anthropi[c]|[Cc]opilo[t]|[Cc]hatgp[t]|opena[i]|gpt-\d|large language mode[l]|AI[ -]assistan[t])\b/i,
  },
];

/** The repository is about Conclave: nothing in it tells where, or with what, it was written. */
export const noLeftovers: Rule = {
  name: "no-leftovers",
  *check({ files }) {
    for (const [path, text] of files) {
      for (const { what, pattern } of LEFTOVERS) {
        const match = pattern.exec(text);
        if (match === null) continue;
        const line = text.slice(0, match.index).split("\n").length;
        yield { path, line, message: `${what}: "${match[0]}"`, remedy: "take it out" };
      }
    }
  },
  refuses: [
    plant("a path", `See ${"/wo" + "rk"}/main.`),
    plant("a home", `cd ${"/ho" + "me"}/someone/conclave`),
    plant("the home of the machine's owner", `cat "${"/ro" + "ot"}/notes"`),
    plant("a registry", `npm i --registry=${"https:" + "//npm-mirror.example.com"}`),
    plant("an address", `curl ${"http:" + "//10.1"}.2.3/`),
    plant("an assistant", `Written by ${"Clau" + "de"}.`),
    { title: "one in code", files: { "packages/client/src/peek.ts": `// ${"Open" + "AI"}\nexport const a = 1;\n` } },
  ],
  allows: [
    plant(
      "paths and hosts that everybody has",
      "`/usr/share/java`, `/tmp/x`, `./work/x`, https://registry.npmjs.org, http://127.0.0.1:8080",
    ),
    plant(
      "relative and qualified folders",
      "`packages/work/x`, `@scope/root/x`, `https://example.com/home/x`, a cursor, a cloud, an agent",
    ),
  ],
};

function plant(title: string, text: string) {
  return { title, files: { "docs/peek.md": `${text}\n` } };
}
