import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { OptionTable } from "./option.js";
import {
  adminTable,
  connectionThrottleTable,
  ensembleTable,
  metricsTable,
  requestThrottleTable,
  serverTable,
} from "./option-table.js";
import { resolveServerOptions } from "./resolve-options.js";

/** Doc comments of the members of an interface, by name. */
function documented(file: string, name: string): Record<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  const body = text.slice(text.indexOf(`interface ${name} `)).split("\n}")[0]!;
  const members = body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\??:/g);
  return Object.fromEntries(Array.from(members, ([, doc, member]) => [member!, doc!]));
}

const groups: readonly [name: string, table: OptionTable, docs: Record<string, string>][] = [
  ["ServerOptions", serverTable, documented("./server-options.ts", "ServerOptions")],
  ["AdminOptions", adminTable, documented("./admin-options.ts", "AdminOptions")],
  ["MetricsOptions", metricsTable, documented("./admin-options.ts", "MetricsOptions")],
  [
    "ConnectionThrottleOptions",
    connectionThrottleTable,
    documented("./throttle-options.ts", "ConnectionThrottleOptions"),
  ],
  ["RequestThrottleOptions", requestThrottleTable, documented("./throttle-options.ts", "RequestThrottleOptions")],
  ["EnsembleOptions", ensembleTable, documented("./ensemble-options.ts", "EnsembleOptions")],
];

const cells = groups.flatMap(([name, table, docs]) =>
  Object.entries(table).map(([member, option]) => [`${name}.${member}`, member, option, docs[member] ?? ""] as const),
);

describe("the table of options", () => {
  it.each(cells)("and the documentation of %s name the same key and default", (_, member, option, doc) => {
    expect(doc, "documented").not.toBe("");
    const { key } = option;
    const isNamed = key === undefined || doc.includes(key) || key === member || key.startsWith("conclave.");
    if (!isNamed) expect(member.toLowerCase()).toContain(key.split(".").at(-1)!.toLowerCase());
    const [, stated] = /@default (.+)/.exec(doc) ?? [];
    if (stated === undefined || !/^(?:-?[\d_.]+|true|false|"[^"]*"|\[.*\])$/.test(stated)) return;
    expect(option.standard({})).toEqual(JSON.parse(stated.replaceAll("_", "")));
  });

  it("declares no key twice", () => {
    const keys = cells.flatMap(([, , { key }]) => key ?? []);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });
});

describe("resolving options", () => {
  it("fills in defaults, some of which depend on other options", () => {
    expect(resolveServerOptions({ tickTimeMs: 100 })).toMatchObject({
      ...{
        clientPort: 0,
        minSessionTimeoutMs: 200,
        maxSessionTimeoutMs: 2000,
        admin: undefined,
        requestThrottle: undefined,
      },
      ...{ connectionThrottle: { tokens: 0, dropIncrease: 0.02 }, fourLetterWords: ["srvr"] },
    });
    const tls = { key: "", cert: "" };
    expect(resolveServerOptions({ secureClientPort: 0, tls }).clientPort).toBeUndefined();
    expect(resolveServerOptions({ sessionRequireClientSaslAuth: true }).enforceAuthSchemes).toEqual(["sasl"]);
  });

  it.each([
    [{ snapCount: 1 }, "snapCount must be a whole number from 2 to 2147483647, and is 1"],
    [{ clientPort: 65_536 }, "clientPort must be a whole number from 0 to 65535, and is 65536"],
    [{ admin: { commandUrl: "x" } }, "admin.commandUrl must be a path, and is x"],
    [{ connectionThrottle: { dropIncrease: 2 } }, "connectionThrottle.dropIncrease must be from 0 to 1, and is 2"],
    [{ requestThrottle: { maxRequests: 0 } }, "requestThrottle.maxRequests must be a whole number from 1"],
    [{ minSessionTimeoutMs: 9000, maxSessionTimeoutMs: 8000 }, "minSessionTimeoutMs (9000) is more than"],
    [{ sessionSecret: "short" }, "sessionSecret must be true, false, or a text of 16 characters or more"],
    [{ enforceAuthSchemes: ["kerberos"] }, "enforceAuthSchemes must be among digest"],
    [{ dataLogDir: "/x" }, "dataLogDir needs dataDir"],
    [{ portUnification: true }, "portUnification needs tls"],
  ])("refuses %o by name, with the allowed values", (options, message) => {
    expect(() => resolveServerOptions(options)).toThrow(message);
  });
});
