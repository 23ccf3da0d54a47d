import { describe, expect, it } from "vitest";
import { ElectionTranscript, ensembleOf, notificationOf } from "../../../test-support/zab/election-transcript.js";

/*
 * Transcripts: one event a line, with its effects after the arrow. A vote is leader(epoch,zxid) r<round>.
 */

const three = ensembleOf([1, 2, 3]);
const five = ensembleOf([1, 2, 3, 4, 5]);
const finalize = { type: "timer", name: "finalize" } as const;

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
    for (const id of [2, 3]) one.hear(1, id, notificationOf("following", { leader: 5, epoch: 4, round: 1 }, five));
    one.hear(1, 5, notificationOf("looking", { leader: 5, epoch: 4, round: 1 }, five));
    expect(one.election(1).state).toBe("finalizing");
    expect(one.text()).toMatchInlineSnapshot(`
      "1 starts (epoch 0, zxid 0) -> to 2,3,4,5 looking 1(0,0) r1; resend in 200
      1 hears 2 following 5(4,0) r9 -> resend in 200
      1 hears 3 following 5(4,0) r9 -> resend in 200
      1 hears 4 following 5(4,0) r9 -> resend in 200
      1 hears 2 following 5(4,0) r1 -> resend in 200
      1 hears 3 following 5(4,0) r1 -> resend in 200
      1 hears 5 looking 5(4,0) r1 -> to 2,3,4,5 looking 5(4,0) r1; no resend; finalize in 200"
    `);
  });
});

describe("a server that has seen a proposed configuration", () => {
  const options = { configuration: three, proposed: ensembleOf([1, 2], { version: 1 }) };
  const follows = notificationOf("following", { leader: 3, epoch: 4, round: 5 }, three);
  const leads = notificationOf("leading", { leader: 3, epoch: 4, round: 5 }, three);

  it("joins a leader that was elected without the proposal", () => {
    const one = new ElectionTranscript([1], options).start([1]);
    one.hear(1, 2, follows).hear(1, 3, leads);
    expect(one.election(1).state).toBe("following");
  });

  it("leads only with a quorum of both configurations", () => {
    const one = new ElectionTranscript([1], options).start([1]);
    one.hear(1, 3, notificationOf("following", { leader: 1, round: 1 }, three));
    expect(one.election(1).state).toBe("looking");
    one.hear(1, 2, notificationOf("following", { leader: 1, round: 1 }, three));
    expect(one.election(1).state).toBe("leading");
  });
});

describe("a server that begins a new round", () => {
  const follows = (leader: number, round: number, epoch = 4) =>
    notificationOf("following", { leader, epoch, round }, five);
  const leads = (leader: number, round: number, epoch = 4) => notificationOf("leading", { leader, epoch, round }, five);

  it.each([
    ["in its own round", 2],
    ["in another round", 7],
  ])("has forgotten the followers that it heard of before: the leader alone is no quorum, %s", (_, round) => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    one.hear(1, 2, follows(3, 1)).start([1]).hear(1, 3, leads(3, round));
    expect(one.election(1).state).toBe("looking");
    one.hear(1, 2, follows(3, round));
    expect(one.election(1).state).toBe("following");
  });

  it("because another server is in it has forgotten the votes of the lower round", () => {
    const one = new ElectionTranscript([1], { configuration: five }).start([1]);
    one.hear(1, 2, follows(5, 1, 3)).hear(1, 3, follows(5, 1, 3));
    one.hear(1, 4, notificationOf("looking", { leader: 4, round: 6 }, five)).hear(1, 5, leads(5, 6));
    expect([one.election(1).state, one.election(1).round]).toStrictEqual(["looking", 6n]);
  });

  it("supports with the vote that it cast while looking only a leader with exactly that vote", () => {
    const decided = (state: "following" | "leading") => notificationOf(state, { leader: 5, epoch: 1, zxid: 9 }, five);
    const one = new ElectionTranscript([1], { configuration: five }).start([1]);
    one.hear(1, 5, notificationOf("looking", { leader: 5, epoch: 1, zxid: 7 }, five));
    one.hear(1, 4, decided("following")).hear(1, 5, decided("leading"));
    expect(one.election(1).state).toBe("looking");
    one.hear(1, 3, decided("following"));
    expect(one.election(1).state).toBe("following");
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
