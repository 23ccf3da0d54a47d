import { getChildren, JuteWriter, nodeName, OPEN_ACL_UNSAFE, parentPath } from "@conclave/protocol";
import { randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { describe, expect, it } from "vitest";
import type { ChildNames } from "./child-names.js";
import type { StatPersisted } from "./stat-persisted.js";
import { WalkedPath } from "./walked-path.js";
import type { Znode } from "./znode.js";
import { ZnodeTable } from "./znode-table.js";

const SEEDS = { count: 5 };

const asMade = (serial: number): StatPersisted => ({
  czxid: BigInt(serial) << 31n,
  mzxid: BigInt(serial) << 31n,
  pzxid: BigInt(serial) << 31n,
  ctime: 1_700_000_000_000 + serial,
  mtime: 1_700_000_000_000 + serial,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
});

const changed = (serial: number): StatPersisted => ({
  ...asMade(serial),
  mzxid: -BigInt(serial),
  pzxid: BigInt(serial),
  mtime: -serial,
  version: serial,
  cversion: -serial,
  aversion: serial,
  ephemeralOwner: BigInt.asIntN(64, 0xfedc_ba98_7654_3210n),
});

const stat = (serial: number): StatPersisted => (serial % 3 === 0 ? asMade(serial) : changed(serial));

const data = (serial: number): Uint8Array | null =>
  serial % 3 === 0 ? null : new Uint8Array(serial % 200).fill(serial);

/** Names of one, two and three bytes a character, and some that begin alike. */
const NAMES = ["a", "ab", "é", "éa", "€", "n-0000000001", "x".repeat(700)];

function persisted(node: Znode): StatPersisted {
  const { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner } = node;
  return { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner };
}

function pathOf(table: ZnodeTable, node: Znode): string {
  const path = new WalkedPath(table);
  path.moveTo(node);
  return path.toString();
}

function replyOf(children: readonly string[] | ChildNames): Uint8Array {
  const out = new JuteWriter();
  getChildren.writeResponse(out, { children });
  return out.take();
}

describe("a table of znodes", () => {
  it("holds what was added and not removed, each where it belongs", async () => {
    await forEachSeed((random, seed) => {
      const table = new ZnodeTable(seed);
      const expected = new Map<string, number>([["/", 0]]);
      const namesBelow = new Map<string, string[]>([["/", []]]);
      for (let serial = 1; serial < 400; serial++) {
        const at = [...expected.keys()][randomInt(random, expected.size)]!;
        if (randomInt(random, 3) === 0 && at !== "/" && namesBelow.get(at)!.length === 0) {
          table.remove(at, table.get(at)!);
          expected.delete(at);
          const siblings = namesBelow.get(parentPath(at))!;
          siblings.splice(siblings.indexOf(nodeName(at)), 1);
          continue;
        }
        const name = NAMES[randomInt(random, NAMES.length)]!;
        const path = `${at === "/" ? "" : at}/${name}`;
        if (expected.has(path) || path.length > 2000) continue;
        table.add(path, table.get(at)!, data(serial), OPEN_ACL_UNSAFE, stat(serial));
        expected.set(path, serial);
        namesBelow.get(at)!.push(name);
        namesBelow.set(path, []);
      }
      expect(table.count).toBe(expected.size);
      for (const [path, serial] of expected) {
        const node = table.get(path)!;
        const names = namesBelow.get(path)!;
        expect(node.children().map(({ name }) => name)).toEqual(names);
        expect(replyOf(node.childNames)).toEqual(replyOf(names));
        expect(node.childNames.byteLength).toBe(names.reduce((bytes, name) => bytes + Buffer.byteLength(name), 0));
        expect(node.childCount).toBe(node.children().length);
        expect(pathOf(table, node)).toBe(path === "/" ? "" : path);
        if (path === "/") continue;
        expect(persisted(node)).toEqual(stat(serial));
        expect(node.data).toEqual(data(serial));
        expect(node.acl).toEqual(OPEN_ACL_UNSAFE);
        for (const name of NAMES)
          if (!expected.has(`${path}/${name}`)) expect(table.get(`${path}/${name}`)).toBeUndefined();
      }
    }, SEEDS);
  });

  it.each(Object.keys(asMade(1)) as (keyof StatPersisted)[])(
    "keeps a stat of which only the %s is not as made",
    (field) => {
      const table = new ZnodeTable(0);
      const expected = { ...asMade(7), [field]: changed(8)[field] };
      const node = table.add("/a", table.root, null, OPEN_ACL_UNSAFE, expected);
      expect(persisted(node)).toEqual(expected);
      node.restore(null, OPEN_ACL_UNSAFE, asMade(9));
      expect(persisted(node)).toEqual(asMade(9));
    },
  );

  it("holds more znodes than a block of rows", () => {
    const table = new ZnodeTable(0);
    for (let serial = 1; serial <= 1500; serial++) {
      table.add(`/${serial}`, table.root, null, OPEN_ACL_UNSAFE, asMade(serial));
    }
    for (let serial = 1; serial <= 1500; serial++) {
      expect(persisted(table.get(`/${serial}`)!)).toEqual(asMade(serial));
    }
  });

  it("uses the memory of removed znodes again", () => {
    const table = new ZnodeTable(0);
    const rows = (): number[] =>
      Array.from({ length: 100 }, (_, serial) => {
        const node = table.add(`/${serial}`, table.root, null, OPEN_ACL_UNSAFE, stat(serial));
        node.childDeleted(changed(serial).czxid + 1n);
        return node.row;
      });
    const last = Math.max(...rows());
    for (let round = 0; round < 10; round++) {
      for (let serial = 0; serial < 100; serial++) table.remove(`/${serial}`, table.get(`/${serial}`)!);
      expect(Math.max(...rows())).toBeLessThanOrEqual(last + 1);
    }
  });

  it.each([1022, 1023, 1024, 1025, 3000])("knows the path of a znode whose name has %i bytes", (length) => {
    const table = new ZnodeTable(0);
    const name = "x".repeat(length);
    const parent = table.add(`/${name}`, table.root, null, OPEN_ACL_UNSAFE, stat(1));
    const child = table.add(`/${name}/${name}`, parent, null, OPEN_ACL_UNSAFE, stat(2));
    expect(pathOf(table, parent)).toBe(`/${name}`);
    expect(pathOf(table, child)).toBe(`/${name}/${name}`);
  });

  it("frees the name and the data of a removed znode", () => {
    const table = new ZnodeTable(0);
    const path = `/${"x".repeat(600)}`;
    for (let round = 0; round < 10; round++) {
      table.remove(path, table.add(path, table.root, new Uint8Array(600), OPEN_ACL_UNSAFE, asMade(1)));
    }
    // A large value has a page of its own: that of one of the two is used again.
    expect(table.bytes.put(new Uint8Array(600), 600) >>> 9).toBeLessThan(2);
  });

  it("knows the path of a znode whose parent has the row of a removed one", () => {
    const table = new ZnodeTable(0);
    const path = new WalkedPath(table);
    const rows = ["a", "b"].map((name) => {
      const parent = table.add(`/${name}`, table.root, null, OPEN_ACL_UNSAFE, asMade(1));
      const child = table.add(`/${name}/c`, parent, null, OPEN_ACL_UNSAFE, asMade(2));
      path.moveTo(child);
      expect(path.toString()).toBe(`/${name}/c`);
      table.remove(`/${name}/c`, child);
      table.remove(`/${name}`, parent);
      return parent.row;
    });
    expect(rows[1]).toBe(rows[0]);
  });

  it("gives paths hashes that differ, and that depend on a seed", () => {
    const [table, other] = [new ZnodeTable(1), new ZnodeTable(2)];
    const paths = Array.from({ length: 1000 }, (_, index) => `/n-${index}`);
    const hashes = new Set(paths.map((path) => table.hashOf(path)));
    expect(hashes.size).toBeGreaterThan(990);
    expect(paths.filter((path) => other.hashOf(path) === table.hashOf(path)).length).toBeLessThan(10);
    expect(new ZnodeTable(1).hashOf("/a")).toBe(table.hashOf("/a"));
  });

  it.each(["a", "//", "/a/", "//a", "/a//b", "a/b", "/b", "/a/b/c"])("has nothing at %j", (path) => {
    const table = new ZnodeTable(0);
    const parent = table.add("/a", table.root, null, OPEN_ACL_UNSAFE, stat(1));
    table.add("/a/b", parent, null, OPEN_ACL_UNSAFE, stat(2));
    expect(table.get(path)).toBeUndefined();
  });

  it.each([
    ["/x", "/a/x"],
    ["/b/x", "/a/x"],
    ["/a/y", "/a/x"],
    ["/c/a", "/a"],
    ["xa", "/a"],
    ["a", "/a"],
  ])("has nothing at %s if that has the hash of %s", (path, other) => {
    const table = new ZnodeTable(0);
    const parent = table.add("/a", table.root, null, OPEN_ACL_UNSAFE, stat(1));
    table.add("/a/x", parent, null, OPEN_ACL_UNSAFE, stat(2));
    table.add("/b", table.root, null, OPEN_ACL_UNSAFE, stat(3));
    const hash = table.hashOf(other);
    expect([table.get(path, hash), nodeName(other)]).toEqual([undefined, table.get(other, hash)?.name]);
  });

  it("is walked while it changes: what is there all the time comes once, and after its parent", async () => {
    await forEachSeed((random, seed) => {
      const table = new ZnodeTable(seed);
      const paths = ["/"];
      let serial = 0;
      const add = (): void => {
        const parent = paths[randomInt(random, paths.length)]!;
        const path = `${parent === "/" ? "" : parent}/${++serial}`;
        table.add(path, table.get(parent)!, null, OPEN_ACL_UNSAFE, stat(serial));
        paths.push(path);
      };
      for (let count = 0; count < 100; count++) add();
      const stayed = new Set(paths);
      const seen: string[] = [];
      for (const node of table.walk()) {
        seen.push(pathOf(table, node) || "/");
        for (let count = randomInt(random, 3); count > 0; count--) add();
        for (let count = randomInt(random, 5); count > 0; count--) {
          const leaf = paths[randomInt(random, paths.length)]!;
          if (leaf === "/" || table.get(leaf)!.childCount > 0) continue;
          table.remove(leaf, table.get(leaf)!);
          paths.splice(paths.indexOf(leaf), 1);
          stayed.delete(leaf);
        }
      }
      expect(new Set(seen).size).toBe(seen.length);
      for (const path of stayed) expect(seen).toContain(path);
      for (const [index, path] of seen.entries()) {
        if (stayed.has(path) && path !== "/") expect(seen.indexOf(parentPath(path))).toBeLessThan(index);
      }
    });
  });
});
