import { describe, expect, it } from "vitest";
import { ElectionTranscript, ensembleOf, notificationOf } from "../../../test-support/zab/election-transcript.js";
import { EMPTY_UNTRUSTED } from "./vote.js";

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
      2 hears 1 looking 3(0,0) r1 -> finalize in 200
      3 hears 1 looking 3(0,0) r1 -> no resend; finalize in 200
      1 hears 2 looking 3(0,0) r1 -> finalize in 200
      3 hears 2 looking 3(0,0) r1 -> finalize in 200
      1 finalizes -> DECIDED following 3(0,0) r1
      2 finalizes -> DECIDED following 3(0,0) r1
      3 finalizes -> DECIDED leading 3(0,0) r1"
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
      4 hears 3 looking 5(0,0) r1 -> finalize in 200
      5 hears 3 looking 5(0,0) r1 -> finalize in 200
      1 hears 4 looking 5(0,0) r1 -> finalize in 200
      2 hears 4 looking 5(0,0) r1 -> finalize in 200
      3 hears 4 looking 5(0,0) r1 -> finalize in 200
      5 hears 4 looking 5(0,0) r1 -> finalize in 200
      1 finalizes -> DECIDED following 5(0,0) r1
      2 finalizes -> DECIDED following 5(0,0) r1
      3 finalizes -> DECIDED following 5(0,0) r1
      4 finalizes -> DECIDED following 5(0,0) r1
      5 finalizes -> DECIDED leading 5(0,0) r1"
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
      "1 starts (epoch 0, zxid 0) -> finalize in 200
      1 finalizes -> DECIDED leading 1(0,0) r1"
    `);
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

describe("a server that finds an established ensemble", () => {
  it("joins it when a quorum follows and the leader says that it leads", () => {
    const all = new ElectionTranscript([1, 2], { configuration: three }).start([1, 2]).deliver();
    for (const id of [1, 2]) all.take(id, finalize).take(id, { type: "established", epoch: 1 });
    all.text();
    all.join(3, { configuration: three });
    all.start([3], { zxid: 0x2_0000_0005 }).deliver();
    expect(all.text()).toMatchInlineSnapshot(`
      "3 starts (epoch 0, zxid 0x200000005) -> to 1,2 looking 3(0,0x200000005) r1; resend in 200
      1 hears 3 looking 3(0,0x200000005) r1 -> to 3 following 2(1,0) r1
      2 hears 3 looking 3(0,0x200000005) r1 -> to 3 leading 2(1,0) r1
      3 hears 1 following 2(1,0) r1 -> resend in 200
      3 hears 2 leading 2(1,0) r1 -> no resend; DECIDED following 2(1,0) r1"
    `);
  });

  it("joins although the stored votes differ in round and zxid (ZOOKEEPER-1805)", () => {
    const one = new ElectionTranscript([1], { configuration: five }).start([1]);
    one.hear(1, 2, notificationOf("following", { leader: 5, epoch: 4, zxid: 7, round: 3 }, five));
    one.hear(1, 3, notificationOf("following", { leader: 5, epoch: 4, zxid: 8, round: 6 }, five));
    one.hear(1, 4, notificationOf("following", { leader: 5, epoch: 3, zxid: 8, round: 6 }, five));
    one.hear(1, 5, notificationOf("leading", { leader: 5, epoch: 4, zxid: 7, round: 2 }, five));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3,4,5 looking 1(0,0) r1; resend in 200
      1 hears 2 following 5(4,7) r3 -> resend in 200
      1 hears 3 following 5(4,8) r6 -> resend in 200
      1 hears 4 following 5(3,8) r6 -> resend in 200
      1 hears 5 leading 5(4,7) r2 -> no resend; DECIDED following 5(4,7) r2"
    `);
  });

  it("joins old servers and new ones that name different epochs of the leader (ZOOKEEPER-1732)", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1], { epoch: 3 });
    one.hear(1, 2, notificationOf("following", { leader: 3, epoch: 3, round: 8 }, undefined, 0));
    one.hear(1, 3, notificationOf("leading", { leader: 3, epoch: 4, round: 8 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 3, zxid 0) -> to 2,3 looking 1(3,0) r1; resend in 200
      1 hears 2 following 3(3,0) r8 -> resend in 200
      1 hears 3 leading 3(4,0) r8 -> no resend; DECIDED following 3(4,0) r8"
    `);
  });

  it("counts votes of its own round by their leader alone, since some have its new epoch already", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    one.hear(1, 2, notificationOf("following", { leader: 3, epoch: 0 }, three));
    one.hear(1, 3, notificationOf("leading", { leader: 3, epoch: 1 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 following 3(0,0) r1 -> resend in 200
      1 hears 3 leading 3(1,0) r1 -> no resend; DECIDED following 3(1,0) r1"
    `);
  });

  it("goes back to the ensemble's lower round, so that others agree with it later (ZOOKEEPER-1514)", () => {
    const one = new ElectionTranscript([1, 2], { configuration: three }).start([1]).start([1]).start([1]);
    one.hear(1, 3, notificationOf("leading", { leader: 3, epoch: 4, round: 1 }, three));
    one.hear(1, 2, notificationOf("following", { leader: 3, epoch: 4, round: 1 }, three));
    one.lose().hear(1, 2, notificationOf("looking", { leader: 2, round: 5 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r2; resend in 200
      1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r3; resend in 200
      1 hears 3 leading 3(4,0) r1 -> resend in 200
      1 hears 2 following 3(4,0) r1 -> no resend; DECIDED following 3(4,0) r1
      1 hears 2 looking 2(0,0) r5 -> to 2 following 3(4,0) r1"
    `);
  });

  it("does not lead because others still follow its former life in another round (ZOOKEEPER-975)", () => {
    const one = new ElectionTranscript([3], { configuration: three }).start([3]);
    for (const id of [1, 2]) one.hear(3, id, notificationOf("following", { leader: 3, epoch: 4, round: 5 }, three));
    expect([one.election(3).state, one.election(3).round]).toEqual(["looking", 1n]);
    for (const id of [1, 2]) one.hear(3, id, notificationOf("following", { leader: 3, epoch: 4, round: 1 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "3 starts (epoch 0, zxid 0) -> to 1,2 looking 3(0,0) r1; resend in 200
      3 hears 1 following 3(4,0) r5 -> resend in 200
      3 hears 2 following 3(4,0) r5 -> resend in 200
      3 hears 1 following 3(4,0) r1 -> no resend; DECIDED leading 3(4,0) r1
      3 hears 2 following 3(4,0) r1"
    `);
  });

  it("does not follow a leader that only its followers name", () => {
    const one = new ElectionTranscript([1], { configuration: five }).start([1]);
    for (const id of [2, 3, 4]) one.hear(1, id, notificationOf("following", { leader: 5, epoch: 4, round: 9 }, five));
    for (const id of [2, 3, 4]) one.hear(1, id, notificationOf("following", { leader: 5, epoch: 4, round: 1 }, five));
    one.hear(1, 5, notificationOf("looking", { leader: 5, epoch: 4, round: 1 }, five));
    expect(one.election(1).state).toBe("finalizing");
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3,4,5 looking 1(0,0) r1; resend in 200
      1 hears 2 following 5(4,0) r9 -> resend in 200
      1 hears 3 following 5(4,0) r9 -> resend in 200
      1 hears 4 following 5(4,0) r9 -> resend in 200
      1 hears 2 following 5(4,0) r1 -> resend in 200
      1 hears 3 following 5(4,0) r1 -> resend in 200
      1 hears 4 following 5(4,0) r1 -> resend in 200
      1 hears 5 looking 5(4,0) r1 -> to 2,3,4,5 looking 5(4,0) r1; no resend; finalize in 200"
    `);
  });
});

describe("a server that has decided", () => {
  const followed = () =>
    new ElectionTranscript([1], { configuration: three })
      .start([1])
      .hear(1, 2, notificationOf("looking", { leader: 2 }, three))
      .take(1, finalize)
      .take(1, { type: "established", epoch: 5 });

  it("answers servers that are looking, in any round, with its vote and the new epoch", () => {
    const one = followed();
    one.text();
    one.hear(1, 3, notificationOf("looking", { leader: 3, epoch: 9, round: 40 }, three));
    one.hear(1, 3, notificationOf("following", { leader: 2 }, three));
    one.hear(1, 9, notificationOf("looking", { leader: 9 }, three));
    one.hear(1, 9, notificationOf("observing", { leader: 2 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 hears 3 looking 3(9,0) r40 -> to 3 following 2(5,0) r1
      1 hears 3 following 2(0,0) r1
      1 hears 9 looking 9(0,0) r1 -> to 9 following 2(5,0) r1
      1 hears 9 observing 2(0,0) r1"
    `);
  });

  it("takes the role that a designated leader gives it, without an election", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]).take(1, { type: "stop" });
    one.text();
    one.take(1, { type: "designated", leader: 1n, zxid: 0x2_0000_0004n }).take(1, { type: "established", epoch: 3 });
    one.hear(1, 3, notificationOf("looking", { leader: 3 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 is led by 1 from zxid 0x200000004 on -> DECIDED leading 1(-1,0x200000004) r1
      1 is in epoch 3
      1 hears 3 looking 3(0,0) r1 -> to 3 leading 1(3,0x200000004) r1"
    `);
  });

  it("answers nothing after it has stopped, and begins the next round when it starts again", () => {
    const one = followed();
    one.text();
    one.take(1, { type: "stop" }).hear(1, 3, notificationOf("looking", { leader: 3 }, three));
    one.take(1, { type: "established", epoch: 7 }).start([1], { epoch: 5, zxid: 6 });
    expect(one.text()).toMatchInlineSnapshot(`
      "1 stops
      1 hears 3 looking 3(0,0) r1
      1 is in epoch 7
      1 starts (epoch 5, zxid 6) -> to 2,3 looking 1(5,6) r2; resend in 200"
    `);
  });
});

describe("servers without a vote", () => {
  const observed = ensembleOf([1, 2, 3], { observers: [4] });

  it("an observer learns of the leader from the voters' answers", () => {
    const all = new ElectionTranscript([1, 2, 4], { configuration: observed }).start([1, 2]).deliver();
    for (const id of [1, 2]) all.take(id, finalize);
    all.text();
    all.start([4], { epoch: 7, zxid: 9 }).deliver();
    expect(all.text()).toMatchInlineSnapshot(`
      "4 starts (epoch 7, zxid 9) -> to 1,2,3 looking no vote r1; resend in 200
      1 hears 4 looking no vote r1 -> to 4 following 2(0,0) r1
      2 hears 4 looking no vote r1 -> to 4 leading 2(0,0) r1
      4 hears 1 following 2(0,0) r1 -> resend in 200
      4 hears 2 leading 2(0,0) r1 -> no resend; DECIDED observing 2(0,0) r1"
    `);
  });

  it("an observer is answered with the current proposal while the voters are looking", () => {
    const one = new ElectionTranscript([1], { configuration: observed }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, observed));
    one.hear(1, 4, notificationOf("looking", { leader: 4, round: 8 }, observed));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 2(0,0) r1 -> to 2,3 looking 2(0,0) r1; no resend; finalize in 200
      1 hears 4 looking 4(0,0) r8 -> to 4 looking 2(0,0) r1"
    `);
  });

  it("observers do not answer each other", () => {
    const two = ensembleOf([1, 2, 3], { observers: [4, 5] });
    const one = new ElectionTranscript([4], { configuration: two }).start([4]).lose();
    one.hear(4, 5, notificationOf("looking", { leader: 5 }, two));
    one.hear(4, 5, notificationOf("looking", { leader: 5 }, undefined, 0));
    one.hear(4, 5, notificationOf("looking", { leader: 5 }, "not a configuration"));
    expect(one.text()).toMatchInlineSnapshot(`
      "4 starts (epoch 0, zxid 0) -> to 1,2,3 looking no vote r1; resend in 200
      4 hears 5 looking 5(0,0) r1
      4 hears 5 looking 5(0,0) r1
      4 hears 5 looking 5(0,0) r1"
    `);
  });

  it("an observer's vote supports no leader (ZOOKEEPER-1294)", () => {
    const one = new ElectionTranscript([3], { configuration: observed }).start([3]);
    one.hear(3, 4, notificationOf("observing", { leader: 3 }, observed));
    one.hear(3, 4, notificationOf("looking", { leader: 3 }, observed));
    one.hear(3, 2, notificationOf("observing", { leader: 3 }, observed));
    expect(one.election(3).state).toBe("looking");
    one.hear(3, 2, notificationOf("looking", { leader: 3 }, observed));
    expect(one.election(3).state).toBe("finalizing");
  });

  it.each([
    ["observer", "observing"],
    ["participant", "following"],
    [undefined, "following"],
  ] as const)("a server that the configuration does not list follows by its own role: %s", (role, state) => {
    const one = new ElectionTranscript([9], { configuration: three, role }).start([9]);
    one.hear(9, 2, notificationOf("following", { leader: 3, epoch: 1, round: 4 }, three));
    one.hear(9, 3, notificationOf("leading", { leader: 3, epoch: 1, round: 4 }, three));
    expect(one.election(9).state).toBe(state);
  });

  it("a participant with an empty disk that is not trusted votes for no server, and is not voted for (ZOOKEEPER-261)", () => {
    const all = new ElectionTranscript([1, 3], { configuration: three });
    all
      .start([1])
      .start([3], { zxid: Number(EMPTY_UNTRUSTED) })
      .deliver();
    expect(all.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      3 starts (epoch 0, zxid -1) -> to 1,2 looking 3(0,-1) r1; resend in 200
      3 hears 1 looking 1(0,0) r1 -> resend in 200
      1 hears 3 looking 3(0,-1) r1 -> resend in 200"
    `);
    all.join(2, { configuration: three });
    all.start([2]).deliver().take(1, finalize).take(2, finalize).text();
    all.take(3, resend).deliver();
    expect(all.text()).toMatchInlineSnapshot(`
      "3 resends -> to 1,2 looking 3(0,-1) r1; resend in 400
      1 hears 3 looking 3(0,-1) r1 -> to 3 following 2(0,0) r1
      2 hears 3 looking 3(0,-1) r1 -> to 3 leading 2(0,0) r1
      3 hears 1 following 2(0,0) r1 -> resend in 400
      3 hears 2 leading 2(0,0) r1 -> no resend; DECIDED following 2(0,0) r1"
    `);
  });

  it("a voter of weight 0 is never voted for", () => {
    const weighted = ensembleOf([1, 2, 3], { lines: ["group.1=1:2:3", "weight.3=0"] });
    const all = new ElectionTranscript([1, 2, 3], { configuration: weighted }).start([1, 2]).start([3], { zxid: 5 });
    all.deliver();
    for (const id of [1, 2]) all.take(id, finalize);
    all.take(3, resend).deliver();
    expect([1, 2, 3].map((id) => all.election(id).state)).toEqual(["following", "leading", "following"]);
  });
});

describe("configurations in an election", () => {
  const newer = ensembleOf([1, 2, 3, 4], { version: 0x100 });

  it("a newer one is adopted, and the election begins again in it", () => {
    const one = new ElectionTranscript([1], { configuration: three, isReconfigEnabled: true }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, newer));
    one.hear(1, 2, notificationOf("looking", { leader: 2, round: 2 }, newer));
    one.hear(1, 2, notificationOf("looking", { leader: 2, round: 2 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 2(0,0) r1 -> adopt v256; to 2,3,4 looking 1(0,0) r2; resend in 200
      1 hears 2 looking 2(0,0) r2 -> to 2,3,4 looking 2(0,0) r2; resend in 200
      1 hears 2 looking 2(0,0) r2 -> resend in 200"
    `);
  });

  it("a newer one with the same members is adopted, and the vote counts", () => {
    const one = new ElectionTranscript([1], { configuration: three, isReconfigEnabled: true }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, three.withVersion(5n)));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 2(0,0) r1 -> adopt v5; to 2,3 looking 2(0,0) r1; no resend; finalize in 200"
    `);
  });

  it.each([
    ["without reconfiguration", { isReconfigEnabled: false }, newer],
    ["if it is not newer", { isReconfigEnabled: true }, ensembleOf([1, 2, 3, 4])],
  ])("another one is not adopted %s, and the vote counts", (_, options, other) => {
    const one = new ElectionTranscript([1], { configuration: three, ...options }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, other));
    expect([one.election(1).quorums.active, one.election(1).state]).toEqual([three, "finalizing"]);
  });

  it("a newer one is not adopted after a decision", () => {
    const one = new ElectionTranscript([1], { configuration: ensembleOf([1]), isReconfigEnabled: true });
    one
      .start([1])
      .take(1, finalize)
      .hear(1, 2, notificationOf("looking", { leader: 2 }, newer));
    expect(one.election(1).quorums.active.version).toBe(0n);
  });

  it("an invalid one is reported, and the vote counts", () => {
    const one = new ElectionTranscript([1], { configuration: three, isReconfigEnabled: true }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, "server.1=x"));
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 hears 2 looking 2(0,0) r1 -> refuse configuration of 2: configuration, line 1, "server.1=x": "x" is not a server's address; write host:quorumPort:electionPort, then optionally :participant or :observer, then optionally ;host:clientPort; to 2,3 looking 2(0,0) r1; no resend; finalize in 200"
    `);
  });

  it("a server that is no voter any more answers one that has an older configuration", () => {
    const left = ensembleOf([2, 3, 4], { observers: [5], version: 0x200 });
    const one = new ElectionTranscript([5], { configuration: left }).start([5]).lose();
    one.text();
    one.hear(5, 1, notificationOf("looking", { leader: 1 }, newer));
    one.hear(5, 1, notificationOf("looking", { leader: 1 }, left));
    expect(one.text()).toMatchInlineSnapshot(`
      "5 hears 1 looking 1(0,0) r1 -> to 1 looking no vote r1
      5 hears 1 looking 1(0,0) r1"
    `);
  });

  it("a quorum of both is needed while a newer one is proposed", () => {
    const proposed = ensembleOf([3, 4, 5], { version: 9 });
    const one = new ElectionTranscript([3], { configuration: three, proposed }).start([3], { epoch: 2 });
    one.hear(3, 1, notificationOf("looking", { leader: 3, epoch: 2 }, three));
    expect(one.election(3).state).toBe("looking");
    one.hear(3, 4, notificationOf("looking", { leader: 3, epoch: 2 }, three)).take(3, finalize);
    expect(one.text()).toMatchInlineSnapshot(`
      "3 starts (epoch 2, zxid 0) -> to 1,2,4,5 looking 3(2,0) r1; resend in 200
      3 hears 1 looking 3(2,0) r1 -> resend in 200
      3 hears 4 looking 3(2,0) r1 -> no resend; finalize in 200
      3 finalizes -> DECIDED leading 3(2,0) r1"
    `);
  });

  it("a voter of the proposed one alone supports no leader whose history is shorter than its own", () => {
    const proposed = ensembleOf([1, 2, 3, 4], { version: 9 });
    const one = new ElectionTranscript([4], { configuration: three, proposed }).start([4], { epoch: 2, zxid: 7 });
    one.hear(4, 3, notificationOf("looking", { leader: 3, epoch: 2, zxid: 6 }, three));
    one.hear(4, 3, notificationOf("looking", { leader: 3, epoch: 2, zxid: 7 }, three));
    expect(one.text()).toMatchInlineSnapshot(`
      "4 starts (epoch 2, zxid 7) -> to 1,2,3 looking no vote r1; resend in 200
      4 hears 3 looking 3(2,6) r1 -> resend in 200
      4 hears 3 looking 3(2,7) r1 -> to 1,2,3 looking 3(2,7) r1; resend in 200"
    `);
  });

  it("a change of them while a server is looking begins the election again", () => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    const { quorums } = one.election(1);
    one.take(1, { type: "configured", quorums: quorums.propose(newer) });
    one.take(1, { type: "configured", quorums: quorums.propose(newer).activate(newer) });
    one.take(1, { type: "configured", quorums: quorums.propose(newer).activate(newer) });
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3 looking 1(0,0) r1; resend in 200
      1 is configured v0 and v256 -> to 2,3,4 looking 1(0,0) r2; resend in 200
      1 is configured v256 -> to 2,3,4 looking 1(0,0) r3; resend in 200
      1 is configured v256"
    `);
  });

  it("a change of them after a decision shows in the next answer", () => {
    const one = new ElectionTranscript([1], { configuration: ensembleOf([1]) }).start([1]).take(1, finalize);
    const { quorums } = one.election(1);
    one.take(1, { type: "configured", quorums: quorums.activate(newer) });
    expect(
      one
        .election(1)
        .handle({ type: "notification", from: 4n, notification: notificationOf("looking", { leader: 4 }, newer) }),
    ).toEqual([{ type: "send", to: 4n, notification: notificationOf("leading", { leader: 1 }, newer) }]);
  });
});
