import { expect, onTestFinished } from "vitest";
import { ask, type StagedTest, until, viewOf } from "./contract-stage.ts";

/** Tests of the view of the cluster and of its routes. */
export function views(test: StagedTest): void {
  test("registers with the address on which it listens, and all see the same, the oldest first", async (stage) => {
    const players = await stage.startAll("one", "two", "three");
    const seen = await Promise.all(players.map(({ url }) => viewOf(url)));
    for (const { members, leader, owner } of seen) {
      expect([members, leader]).toEqual([["one", "two", "three"], "one"]);
      expect(owner).toBe(seen[0]?.owner);
    }
    expect(seen.map(({ self }) => self)).toEqual(["one", "two", "three"]);
    expect(seen.map(({ token }) => token !== null)).toEqual([true, false, false]);
    const { members } = (await (await ask(`${players[2]!.url}/cluster/members`)).json()) as Members;
    expect(members.map(({ url }) => url)).toEqual(players.map(({ url }) => url));
  });

  test("names itself and the leader in the headers of every answer", async (stage) => {
    const [, two] = await stage.startAll("one", "two");
    for (const path of ["/view", "/cluster/members", "/cluster/ready", "/leader/refuse", "/nowhere"]) {
      const { headers } = await ask(two!.url + path);
      expect([path, headers.get("x-cluster-member"), headers.get("x-cluster-leader")]).toEqual([path, "two", "one"]);
    }
  });

  test("tells the members with an ETag, the same everywhere, until something changes", async (stage) => {
    const [one, two] = await stage.startAll("one", "two");
    const first = await ask(`${one!.url}/cluster/members`);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = (url: string): Promise<Response> =>
      ask(`${url}/cluster/members`, { headers: { "if-none-match": `"other", ${etag}` } });
    for (const { url } of [one!, two!]) {
      const answer = await again(url);
      expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
    }
    await stage.start("three");
    const changed = await until(async () => {
      const answer = await again(one!.url);
      return answer.status === 200 && answer;
    });
    expect(((await changed.json()) as Members).members.map(({ id }) => id)).toEqual(["one", "two", "three"]);
    expect((await ask(`${one!.url}/cluster/members`, { method: "POST" })).status).not.toBe(200);
    const head = await ask(`${one!.url}/cluster/members`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, changed.headers.get("etag"), ""]);
  });

  test("streams who is here, at once and on each change", async (stage) => {
    const [one] = await stage.startAll("one");
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const { body, headers } = await ask(`${one!.url}/cluster/stream`, { signal: stop.signal });
    expect(headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    const events = readEvents(body!);
    const idsUntil = async (count: number): Promise<readonly string[]> => {
      for (;;) {
        const { value } = await events.next();
        if (value?.members.length === count) return value.members.map(({ id }) => id);
      }
    };
    expect(await idsUntil(1)).toEqual(["one"]);
    const two = await stage.start("two");
    expect(await idsUntil(2)).toEqual(["one", "two"]);
    await two.drain();
    expect(await idsUntil(1)).toEqual(["one"]);
  });
}

interface Members {
  readonly members: readonly { readonly id: string; readonly url: string }[];
}

/** The data of the events named `cluster`. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Members, undefined> {
  const utf8 = new TextDecoder();
  const reader = body.getReader();
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    const blocks = (rest + utf8.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = /^event: cluster$/m.test(block) ? /^data: (.*)$/m.exec(block)?.[1] : undefined;
      if (data !== undefined) yield JSON.parse(data) as Members;
    }
  }
}
