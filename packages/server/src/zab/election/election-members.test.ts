import { describe, expect, it } from "vitest";
import { ElectionTranscript, ensembleOf, notificationOf } from "../../../test-support/zab/election-transcript.js";
import { EMPTY_UNTRUSTED } from "./vote.js";

/*
 * Transcripts: one event a line, with its effects after the arrow. A vote is leader(epoch,zxid) r<round>.
 */

const three = ensembleOf([1, 2, 3]);
const finalize = { type: "timer", name: "finalize" } as const;
const resend = { type: "timer", name: "resend", delivered: true } as const;

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

  it("a participant with an empty disk that is not trusted does not elect itself, though it is alone (ZOOKEEPER-261)", () => {
    const one = new ElectionTranscript([1], { configuration: ensembleOf([1]) });
    one.start([1], { zxid: Number(EMPTY_UNTRUSTED) });
    expect(one.text()).toBe("1 starts (epoch 0, zxid -1) -> resend in 200");
  });

  it.each([
    ["a later epoch", { epoch: 9 }],
    ["a later round", { round: 9 }],
  ])("an empty disk that is not trusted does not count, even with %s (ZOOKEEPER-261)", (_, vote) => {
    const one = new ElectionTranscript([1], { configuration: three }).start([1]);
    one.text();
    one.hear(1, 3, notificationOf("looking", { leader: 3, zxid: Number(EMPTY_UNTRUSTED), ...vote }, three));
    expect(one.text()).toMatch(/ -> resend in 200$/);
    expect([one.election(1).round, one.election(1).vote.leader]).toStrictEqual([1n, 1n]);
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

  it("none in a notification, as from an old server, changes nothing, and the vote counts", () => {
    const one = new ElectionTranscript([1], { configuration: three, isReconfigEnabled: true }).start([1]);
    one.hear(1, 2, notificationOf("looking", { leader: 2 }, undefined, 0));
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
