import { eventually } from "@conclave/testing";
import { expect, onTestFinished } from "vitest";
import { ask, type ClusterTest, viewOf } from "./test-cluster.ts";

/** Tests of the view of the cluster and of its routes. */
export function views(test: ClusterTest): void {
  test("members register the address on which they listen, and all have the same view, the oldest member first", async (cluster) => {
    const members = await cluster.startAll("one", "two", "three");
    const seen = await Promise.all(members.map(({ url }) => viewOf(url)));
    for (const { members: ids, leader, owner } of seen) {
      expect([ids, leader]).toEqual([["one", "two", "three"], "one"]);
      expect(owner).toBe(seen[0]?.owner);
    }
    expect(seen.map(({ self }) => self)).toEqual(["one", "two", "three"]);
    expect(seen.map(({ token }) => token !== null)).toEqual([true, false, false]);
    const listed = (await (await ask(`${members[2]!.url}/cluster/members`)).json()) as MemberList;
    expect(listed.members.map(({ url }) => url)).toEqual(members.map(({ url }) => url));
  });

  test("every response names the member that sends it, and the leader", async (cluster) => {
    const [, two] = await cluster.startAll("one", "two");
    for (const path of ["/view", "/cluster/members", "/cluster/ready", "/leader/refuse", "/nowhere"]) {
      const { headers } = await ask(two!.url + path);
      expect([path, headers.get("x-cluster-member"), headers.get("x-cluster-leader")]).toEqual([path, "two", "one"]);
    }
  });

  test("the list of members has an ETag that is the same from every member until something changes", async (cluster) => {
    const [one, two] = await cluster.startAll("one", "two");
    const first = await ask(`${one!.url}/cluster/members`);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = (url: string): Promise<Response> =>
      ask(`${url}/cluster/members`, { headers: { "if-none-match": `"other", ${etag}` } });
    for (const { url } of [one!, two!]) {
      const answer = await again(url);
      expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
    }
    await cluster.start("three");
    const changed = await eventually(() => again(one!.url), { until: ({ status }) => status === 200 });
    expect(((await changed.json()) as MemberList).members.map(({ id }) => id)).toEqual(["one", "two", "three"]);
    expect((await ask(`${one!.url}/cluster/members`, { method: "POST" })).status).not.toBe(200);
    const head = await ask(`${one!.url}/cluster/members`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, changed.headers.get("etag"), ""]);
  });

  test("the event stream has an event with the members at once, and one after each change", async (cluster) => {
    const [one] = await cluster.startAll("one");
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const { body, headers } = await ask(`${one!.url}/cluster/stream`, { signal: stop.signal });
    expect(headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    const events = readEvents(body!);
    const idsUntil = async (count: number): Promise<readonly string[]> => {
      for (;;) {
        const { value, done } = await events.next();
        if (done === true) throw new Error("the stream has ended");
        if (value.members.length === count) return value.members.map(({ id }) => id);
      }
    };
    expect(await idsUntil(1)).toEqual(["one"]);
    const two = await cluster.start("two");
    expect(await idsUntil(2)).toEqual(["one", "two"]);
    await two.drain();
    expect(await idsUntil(1)).toEqual(["one"]);
  });

  test("compression middleware compresses other responses, and holds no event of the stream back", async (cluster) => {
    const one = await cluster.start("one", {}, true);
    await cluster.agree([one]);
    expect((await ask(`${one.url}/long`)).headers.get("content-encoding")).toMatch(/^(?:br|gzip|zstd)$/);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const { body, headers } = await ask(`${one.url}/cluster/stream`, { signal: stop.signal });
    expect(headers.get("content-encoding")).toBeNull();
    const { value } = await readEvents(body!).next();
    expect(value?.members.map(({ id }) => id)).toEqual(["one"]);
  });
}

interface MemberList {
  readonly members: readonly { readonly id: string; readonly url: string }[];
}

/** Yields the data of the events named `cluster`. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<MemberList, undefined> {
  const utf8 = new TextDecoder();
  const reader = body.getReader();
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    const blocks = (rest + utf8.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = /^event: cluster$/m.test(block) ? /^data: (.*)$/m.exec(block)?.[1] : undefined;
      if (data !== undefined) yield JSON.parse(data) as MemberList;
    }
  }
}
