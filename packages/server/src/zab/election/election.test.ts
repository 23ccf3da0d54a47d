import { describe, expect, it } from "vitest";
import { ElectionTranscript, ensembleOf, notificationOf } from "../../../test-support/zab/election-transcript.js";

/*
 * Transcripts: one event a line, with its effects after the arrow. A vote is leader(epoch,zxid) r<round>.
 */

const three = ensembleOf([1, 2, 3]);
const five = ensembleOf([1, 2, 3, 4, 5]);
const finalize = { type: "timer", name: "finalize" } as const;
const resend = { type: "timer", name: "resend", delivered: true } as const;

describe("the first election", () => {
  it("of three servers with equal histories elects the greatest id", () => {
    const all = new ElectionTranscript([1, 2, 3], { configuration: three }).start([1, 2, 3]).deliver();
    for (const id of [1, 2, 3]) all.take(id, finalize);
    expect(all.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      2 starts (epoch 0, zxid 0) -> to 1,3 looking 2(0,0) r1; resend in 200
      3 starts (epoch 0, zxid 0) -> to 1,2 looking 3(0,0) r1; resend in 200
      2 hears 1 looking 1(0,0) r1 -> resend in 200
      3 hears 1 looking 1(0,0) r1 -> resend in 200
      1 hears 2 looking 2(0,0) r1 -> to 2,3 looking 2(0,0) r1; no resend; finalize in 200
      3 hears 2 looking 2(0,0) r1 -> resend in 200
      1 hears 3 looking 3(0,0) r1 -> to 2,3 looking 3(0,0) r1; finalize in 200
      2 hears 3 looking 3(0,0) r1 -> to 1,3 looking 3(0,0) r1; no resend; finalize in 200
      2 hears 1 looking 3(0,0) r1 -> no finalize; DECIDED following 3(0,0) r1
      3 hears 1 looking 3(0,0) r1 -> no resend; finalize in 200
      1 hears 2 looking 3(0,0) r1 -> no finalize; DECIDED following 3(0,0) r1
      3 hears 2 looking 3(0,0) r1 -> no finalize; DECIDED leading 3(0,0) r1
      1 finalizes
      2 finalizes
      3 finalizes"
    `);
  });

  it("of five servers with equal histories elects the greatest id", () => {
    const all = new ElectionTranscript([1, 2, 3, 4, 5], { configuration: five }).start([1, 2, 3, 4, 5]).deliver();
    for (const id of [1, 2, 3, 4, 5]) all.take(id, finalize);
    expect(all.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3,4,5 looking 1(0,0) r1; resend in 200
      2 starts (epoch 0, zxid 0) -> to 1,3,4,5 looking 2(0,0) r1; resend in 200
      3 starts (epoch 0, zxid 0) -> to 1,2,4,5 looking 3(0,0) r1; resend in 200
      4 starts (epoch 0, zxid 0) -> to 1,2,3,5 looking 4(0,0) r1; resend in 200
      5 starts (epoch 0, zxid 0) -> to 1,2,3,4 looking 5(0,0) r1; resend in 200
      2 hears 1 looking 1(0,0) r1 -> resend in 200
      3 hears 1 looking 1(0,0) r1 -> resend in 200
      4 hears 1 looking 1(0,0) r1 -> resend in 200
      5 hears 1 looking 1(0,0) r1 -> resend in 200
      1 hears 2 looking 2(0,0) r1 -> to 2,3,4,5 looking 2(0,0) r1; resend in 200
      3 hears 2 looking 2(0,0) r1 -> resend in 200
      4 hears 2 looking 2(0,0) r1 -> resend in 200
      5 hears 2 looking 2(0,0) r1 -> resend in 200
      1 hears 3 looking 3(0,0) r1 -> to 2,3,4,5 looking 3(0,0) r1; resend in 200
      2 hears 3 looking 3(0,0) r1 -> to 1,3,4,5 looking 3(0,0) r1; resend in 200
      4 hears 3 looking 3(0,0) r1 -> resend in 200
      5 hears 3 looking 3(0,0) r1 -> resend in 200
      1 hears 4 looking 4(0,0) r1 -> to 2,3,4,5 looking 4(0,0) r1; resend in 200
      2 hears 4 looking 4(0,0) r1 -> to 1,3,4,5 looking 4(0,0) r1; resend in 200
      3 hears 4 looking 4(0,0) r1 -> to 1,2,4,5 looking 4(0,0) r1; resend in 200
      5 hears 4 looking 4(0,0) r1 -> resend in 200
      1 hears 5 looking 5(0,0) r1 -> to 2,3,4,5 looking 5(0,0) r1; resend in 200
      2 hears 5 looking 5(0,0) r1 -> to 1,3,4,5 looking 5(0,0) r1; resend in 200
      3 hears 5 looking 5(0,0) r1 -> to 1,2,4,5 looking 5(0,0) r1; resend in 200
      4 hears 5 looking 5(0,0) r1 -> to 1,2,3,5 looking 5(0,0) r1; resend in 200
      2 hears 1 looking 5(0,0) r1 -> no resend; finalize in 200
      3 hears 1 looking 5(0,0) r1 -> no resend; finalize in 200
      4 hears 1 looking 5(0,0) r1 -> no resend; finalize in 200
      5 hears 1 looking 5(0,0) r1 -> resend in 200
      1 hears 2 looking 5(0,0) r1 -> no resend; finalize in 200
      3 hears 2 looking 5(0,0) r1 -> finalize in 200
      4 hears 2 looking 5(0,0) r1 -> finalize in 200
      5 hears 2 looking 5(0,0) r1 -> no resend; finalize in 200
      1 hears 3 looking 5(0,0) r1 -> finalize in 200
      2 hears 3 looking 5(0,0) r1 -> finalize in 200
      4 hears 3 looking 5(0,0) r1 -> no finalize; DECIDED following 5(0,0) r1
      5 hears 3 looking 5(0,0) r1 -> finalize in 200
      1 hears 4 looking 5(0,0) r1 -> no finalize; DECIDED following 5(0,0) r1
      2 hears 4 looking 5(0,0) r1 -> no finalize; DECIDED following 5(0,0) r1
      3 hears 4 looking 5(0,0) r1 -> no finalize; DECIDED following 5(0,0) r1
      5 hears 4 looking 5(0,0) r1 -> no finalize; DECIDED leading 5(0,0) r1
      1 finalizes
      2 finalizes
      3 finalizes
      4 finalizes
      5 finalizes"
    `);
  });

  it("elects the greatest epoch before the greatest zxid before the greatest id", () => {
    const all = new ElectionTranscript([1, 2, 3], { configuration: three });
    all.start([3], { epoch: 1, zxid: 9 }).start([2], { epoch: 2, zxid: 5 }).start([1], { epoch: 2, zxid: 6 }).deliver();
    for (const id of [1, 2, 3]) all.take(id, finalize);
    expect([1, 2, 3].map((id) => all.election(id).state)).toEqual(["leading", "following", "following"]);
  });

  it("of one server needs no other", () => {
    const one = new ElectionTranscript([1], { configuration: ensembleOf([1]) }).start([1]).take(1, finalize);
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> DECIDED leading 1(0,0) r1
      1 finalizes"
    `);
  });

  it("does not wait for a voter that does not run", () => {
    const two = new ElectionTranscript([1, 2], { configuration: three }).start([1, 2]).deliver();
    expect([1, 2].map((id) => two.election(id).state)).toEqual(["finalizing", "finalizing"]);
    for (const id of [1, 2]) two.take(id, { type: "unreachable", server: 3n });
    expect([1, 2].map((id) => two.election(id).state)).toEqual(["following", "leading"]);
  });

  it("waits again for a voter that could not be reached in an earlier search", () => {
    const two = new ElectionTranscript([1, 2], { configuration: three }).start([1, 2]).deliver();
    for (const search of [1, 2]) {
      expect([search, two.election(1).state]).toEqual([search, "finalizing"]);
      two.take(1, { type: "unreachable", server: 3n });
      expect(two.election(1).state).toBe("following");
      two.take(1, { type: "unreachable", server: 3n }).start([1, 2]).deliver();
    }
  });

  it("keeps the vote of a supporter that sends a worse one, or one after a decision, until the time to wait is over", () => {
    const worse = notificationOf("looking", { leader: 1 }, three);
    const decided = notificationOf("following", { leader: 2 }, three);
    const one = new ElectionTranscript([1, 2], { configuration: three }).start([1, 2]).deliver();
    one.hear(1, 2, worse).hear(1, 3, decided);
    expect(one.election(1).state).toBe("finalizing");
    one.hear(1, 3, notificationOf("looking", { leader: 2 }, three));
    expect(one.election(1).state).toBe("following");
  });

  it("waits for a voter again that has answered since it could not be reached", () => {
    const two = new ElectionTranscript([1, 2], { configuration: three }).start([1, 2]);
    two.take(1, { type: "unreachable", server: 3n });
    two.hear(1, 3, notificationOf("looking", { leader: 3, round: 0 }, three));
    two.deliver();
    expect(two.election(1).state).toBe("finalizing");
  });

  it("is supported by a server with the weight 0, which may not lead, if their histories are equal", () => {
    const weighted = ensembleOf([1, 2, 3], { lines: ["group.1=1:2:3", "weight.3=0"] });
    const all = new ElectionTranscript([1, 2, 3], { configuration: weighted }).start([1, 2, 3]).deliver();
    expect([1, 2, 3].map((id) => all.election(id).vote.leader)).toEqual([2n, 2n, 2n]);
  });

  it("settles among five servers whose epochs and ids are in opposite orders (ZOOKEEPER-1419)", () => {
    const all = new ElectionTranscript([1, 2, 3, 4, 5], { configuration: five });
    for (const id of [1, 2, 3, 4, 5]) all.start([id], { epoch: 6 - id, zxid: 7 });
    all.deliver();
    for (const id of [1, 2, 3, 4, 5]) all.take(id, finalize);
    expect([1, 2, 3, 4, 5].map((id) => all.election(id).vote.leader)).toEqual([1n, 1n, 1n, 1n, 1n]);
  });
});

describe("a server that looks for a leader", () => {
  it("sends its vote again with growing pauses, and connects while nothing is delivered", () => {
    const alone = new ElectionTranscript([1], { configuration: three, maxNotificationIntervalMs: 700 }).start([1]);
    alone
      .take(1, { ...resend, delivered: false })
      .take(1, resend)
      .take(1, resend)
      .start([1]);
    expect(alone.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 resends, nothing was delivered -> connect all; resend in 400
      1 resends -> to 2,3 looking 1(0,0) r1; resend in 700
      1 resends -> to 2,3 looking 1(0,0) r1; resend in 700
      1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r2; resend in 200"
    `);
  });

  it("takes a higher round, forgets the votes of its own round, and proposes itself again if it is better", () => {
    const one = new ElectionTranscript([1], { configuration: five }).start([1], { epoch: 3, zxid: 8 });
    one.hear(1, 3, notificationOf("looking", { leader: 3, epoch: 4, round: 1 }, five));
    one.hear(1, 2, notificationOf("looking", { leader: 2, epoch: 2, round: 9 }, five));
    one.hear(1, 4, notificationOf("looking", { leader: 1, epoch: 3, zxid: 8, round: 9 }, five));
    one.hear(1, 5, notificationOf("looking", { leader: 5, epoch: 3, zxid: 8, round: 12 }, five));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 3, zxid 8) -> to 2,3,4,5 looking 1(3,8) r1; resend in 200
      1 hears 3 looking 3(4,0) r1 -> to 2,3,4,5 looking 3(4,0) r1; resend in 200
      1 hears 2 looking 2(2,0) r9 -> to 2,3,4,5 looking 1(3,8) r9; resend in 200
      1 hears 4 looking 1(3,8) r9 -> resend in 200
      1 hears 5 looking 5(3,8) r12 -> to 2,3,4,5 looking 5(3,8) r12; resend in 200"
    `);
  });

  it("answers a server in a lower round with its vote, and does not count that server's vote", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]).start([1]);
    one.hear(1, 3, notificationOf("looking", { leader: 3, round: 1 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r2; resend in 200
      1 hears 3 looking 3(0,0) r1 -> to 3 looking 1(0,0) r2; resend in 200"
    `);
  });

  it("waits again when a better vote arrives after finalizeWait began, and not for one that is not better", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, three));
    one.hear(1, 2, notificationOf("looking", { leader: 1, round: 7 }, three));
    one.hear(1, 3, notificationOf("looking", { leader: 3 }, three)).take(1, finalize);
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 2(0,0) r1 -> to 2,3 looking 2(0,0) r1; no resend; finalize in 200
      1 hears 2 looking 1(0,0) r7 -> finalize in 200
      1 hears 3 looking 3(0,0) r1 -> to 2,3 looking 3(0,0) r1; finalize in 200
      1 finalizes -> DECIDED following 3(0,0) r1"
    `);
  });

  it("keeps its agreement when a better vote of a lower round arrives after finalizeWait began", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2, round: 2 }, three));
    one.hear(1, 3, notificationOf("looking", { leader: 3, round: 1 }, three)).take(1, finalize);
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r2; resend in 200
      1 hears 2 looking 2(0,0) r2 -> to 2,3 looking 2(0,0) r2; no resend; finalize in 200
      1 hears 3 looking 3(0,0) r1 -> to 3 looking 2(0,0) r2; finalize in 200
      1 finalizes -> DECIDED following 2(0,0) r2"
    `);
  });

  it("ignores votes for and from servers that are no voters", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 9, zxid: 5, round: 4 }, three));
    one.hear(1, 9, notificationOf("leading", { leader: 3, round: 4 }, three));
    one.hear(1, 1, notificationOf("looking", { leader: 3, round: 4 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 9(0,5) r4
      1 hears 9 leading 3(0,0) r4
      1 hears 1 looking 3(0,0) r4"
    `);
    expect(one.election(1).round).toBe(1n);
  });

  it("ignores a timer that has been replaced", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]).take(1, finalize);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, three)).take(1, resend);
    expect(one.election(1).state).toBe("finalizing");
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 finalizes
      1 hears 2 looking 2(0,0) r1 -> to 2,3 looking 2(0,0) r1; no resend; finalize in 200
      1 resends"
    `);
  });
});
