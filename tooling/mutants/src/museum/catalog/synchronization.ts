import type { Room } from "../exhibit.ts";

const LEARNER = "zab/learner/learner.ts";
const LEADER = "zab/leader/leader.ts";
const LEARNER_TEST = "zab/learner/learner.test.ts";
const LEARNER_SYNC_TEST = "zab/learner/learner-sync.test.ts";
const LEADER_TEST = "zab/leader/leader.test.ts";
const LEADER_SYNC_TEST = "zab/leader/leader-sync.test.ts";

const WINDOW = "records between NEWLEADER and UPTODATE";

export const synchronization: Room = {
  title: "Synchronization, NEWLEADER and UPTODATE",
  exhibits: [
    {
      name: "newleader-ack-before-flush",
      bugs: ["3911", "3023", "4646"],
      defect:
        "NEWLEADER is acknowledged while the history is still being written, and a crash loses committed records.",
      guard: "The first ACK follows the current epoch, which follows the flush of the whole history.",
      edits: [{ file: LEARNER, text: "this.#durable < this.#flushTo || ", without: "" }],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "acknowledges NEWLEADER after its whole history is on disk"],
      },
    },
    {
      name: "epoch-before-history",
      bugs: ["4643", "4785"],
      defect: "The current epoch is on disk before the history: after a crash a shorter log wins the next election.",
      guard: "The effect that stores the epoch is returned only when the flush has been reported.",
      edits: [
        {
          file: LEARNER,
          text: 'this.#store("persisting", { type: "flush", zxid: last });',
          without: `this.#emit({ type: "flush", zxid: last });
    this.#store("storingEpoch", { type: "storeCurrentEpoch", epoch: this.#epoch });`,
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "stores its current epoch after its whole history is on disk"],
      },
    },
    {
      name: "leader-epoch-before-history",
      bugs: ["4643"],
      defect: "A leader stores its new epoch while records of a former process are not on its disk.",
      guard: "The leader asks for a flush at its start, and stores the current epoch after it.",
      edits: [{ file: LEADER, text: "this.#broadcast.durable < this.lastZxid ||", without: "" }],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a committed record survives a leader that loses power before its own copy is on disk"],
      },
    },
    {
      name: "unsynced-records-of-a-former-process",
      bugs: ["3023"],
      defect: "Records that a killed process wrote are taken as durable, although only the system's memory has them.",
      guard: "A learner asks for a flush at NEWLEADER even if nothing was appended.",
      edits: [
        {
          file: LEARNER,
          text: 'this.#store("persisting", { type: "flush", zxid: last });',
          without: `this.#phase = "persisting";
    this.#durable = last;
    this.#onProgress();`,
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "flushes records that it appended on a former connection"],
      },
    },
    {
      name: "proposal-ack-overtakes",
      bugs: ["4685"],
      defect: "The ACK of a proposal overtakes the ACK of NEWLEADER, which no leader of Apache expects.",
      guard: "A learner acknowledges proposals only after UPTODATE.",
      edits: [
        {
          file: LEARNER,
          text: 'if (this.#phase === "broadcasting") this.#acknowledgeProposals();',
          without: "this.#acknowledgeProposals();",
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [WINDOW, "are flushed at once, but committed and acknowledged only after UPTODATE"],
      },
    },
    {
      name: "early-ack-counts",
      bugs: ["4685"],
      defect: "A leader counts the ACK of a proposal from a follower whose earlier history is not on disk yet.",
      guard: "The acknowledgements of a follower count once it has acknowledged NEWLEADER.",
      edits: [
        {
          file: "zab/leader/broadcast.ts",
          text: 'link.role === "follower" && link.isSynchronized',
          without: 'link.role === "follower"',
        },
      ],
      scenario: {
        file: LEADER_SYNC_TEST,
        titles: [
          "a learner between NEWLEADER and UPTODATE",
          "may acknowledge a proposal before NEWLEADER, which counts after that",
        ],
      },
    },
    {
      name: "proposals-forgotten-at-newleader",
      bugs: ["4394"],
      defect: "A COMMIT between NEWLEADER and UPTODATE finds no proposal: the follower fails and cannot join.",
      guard: "Proposals wait for their commit across NEWLEADER and UPTODATE.",
      edits: [
        {
          file: "zab/learner/learner-history.ts",
          text: "readonly #pending: bigint[] = [];",
          without: "readonly #pending: bigint[] = [];\n  forget(): void {\n    this.#pending.length = 0;\n  }",
        },
        { file: LEARNER, text: "this.#flushTo = last;", without: "this.#flushTo = last;\n    this.#history.forget();" },
      ],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "finds the proposals before NEWLEADER when their commits come after it"],
      },
    },
    {
      name: "commit-before-uptodate",
      bugs: ["4394"],
      defect:
        "A leader sends commits to a learner between NEWLEADER and UPTODATE, which Apache's learners cannot take.",
      guard: "Commits are held until the learner has acknowledged NEWLEADER, and follow UPTODATE.",
      edits: [
        {
          file: "zab/leader/learner-links.ts",
          text: 'if (link.state === "upToDate") ready.push(link.learner);\n      else link.held.push(packet);',
          without: "ready.push(link.learner);",
        },
      ],
      scenario: {
        file: LEADER_SYNC_TEST,
        titles: [
          "a learner between NEWLEADER and UPTODATE",
          "gets proposals at once, but their commits only after UPTODATE",
        ],
      },
    },
    {
      name: "hole-in-a-leaders-history",
      bugs: ["4925"],
      defect: "The history of a leader has a hole, which it sends on as DIFF.",
      guard: "A history refuses a record that does not follow its last one.",
      edits: [
        {
          file: "zab/sync/zxid-history.ts",
          text: "if (!follows(zxid, last)) throw",
          without: "if (zxid <= last) throw",
        },
      ],
      scenario: {
        file: "zab/sync/zxid-history.test.ts",
        titles: ["the history of zxids", "refuses a record if a counter is left out"],
      },
    },
    {
      name: "hole-in-a-synchronization",
      bugs: ["4925"],
      defect: "A learner takes a synchronization in which records are missing.",
      guard: "A learner ends at a record that does not follow its last one.",
      edits: [
        { file: "zab/learner/learner-history.ts", text: 'if (!follows(zxid, this.#last)) return "gap";', without: "" },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: ["the broadcast", "ends if a later epoch does not start with its first record"],
      },
    },
    {
      name: "newleader-overtakes-snapshot",
      bugs: ["3104", "3589"],
      defect: "NEWLEADER is sent before the snapshot is whole.",
      guard: "Packets that are sent during the bulk of a synchronization follow it.",
      edits: [
        {
          file: "quorum/learner-connection.ts",
          text: "writeQuorumPacket(after ?? this.#out, packet);\n    if (after === undefined) this.#flushLater();",
          without: "writeQuorumPacket(this.#out, packet);\n    this.#flushLater();",
        },
      ],
      scenario: {
        file: "quorum/learner-port.test.ts",
        titles: ["the quorum port of a leader", "sends packets after the bulk of history that was given before them"],
      },
    },
    {
      name: "snapshot-without-committed-records",
      bugs: [],
      defect:
        "A follower installs a snapshot that lacks committed records which it had. A commit counted on its copy, and a crash loses the write.",
      guard: "A snapshot waits until the leader has applied what the follower may have of its history.",
      edits: [
        {
          file: "zab/leader/synchronizer.ts",
          text: 'if (plan.mode === "snap" && this.#wouldLose(link)) return false;',
          without: "",
        },
      ],
      scenario: {
        file: LEADER_SYNC_TEST,
        titles: [
          "a learner that joins while proposals are in flight",
          "gets no snapshot that lacks committed records which it has: a commit may count on its copy",
        ],
      },
    },
    {
      name: "proposals-in-flight-missed",
      bugs: ["962", "882"],
      defect: "A synchronization misses the records that are proposed and not applied at its start.",
      guard: "The plan and the proposals in flight leave in one step.",
      edits: [
        {
          file: "zab/leader/synchronizer.ts",
          text: "of this.#proposals.inFlightAfter(plan.to)) {",
          without: "of this.#proposals.inFlightAfter(plan.to).slice(0, 0)) {",
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "gets the records that were proposed before it joined and are not applied"],
      },
    },
    {
      name: "later-proposals-missed",
      bugs: ["962", "882"],
      defect: "A synchronization misses the records that are proposed while it is under way.",
      guard: "From the moment of its plan on, a learner gets every proposal.",
      edits: [{ file: "zab/leader/learner-link.ts", text: 'this.state === "synchronizing" || ', without: "" }],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "gets the records that are proposed while it is synchronized"],
      },
    },
    {
      name: "observer-ignores-records",
      bugs: ["1551"],
      defect: "An observer ignores the records between its snapshot and UPTODATE.",
      guard: "An observer takes committed records in each phase from the start of the synchronization on.",
      edits: [
        {
          file: "zab/learner/learner-state.ts",
          text: "inform: history,",
          without: 'inform: column("ignore", { broadcasting: "take" }),',
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: ["an observer", "takes committed records, and acknowledges only the epoch"],
      },
    },
    {
      name: "epoch-stored-without-quorum",
      bugs: ["1282", "1264"],
      defect: "A leader sets its current epoch before a quorum has promised to follow it.",
      guard: "The current epoch is stored with a quorum of ACKEPOCH.",
      edits: [
        {
          file: LEADER,
          text: "!this.#isQuorum(this.#links.followers((each) => each.hasAcknowledgedEpoch))",
          without: "false",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: [
          "a leader with an empty history",
          "chooses an epoch, synchronizes a quorum, and serves, each step after the disk operation before it",
        ],
      },
    },
    {
      name: "newleader-twice",
      bugs: ["1324"],
      defect: "A learner gets NEWLEADER twice.",
      guard: "A leader synchronizes a learner once, when it has promised the epoch.",
      edits: [
        {
          file: LEADER,
          text: 'if (link.state === "acknowledged") this.#synchronize(link);',
          without: "this.#synchronize(link);",
        },
      ],
      scenario: {
        file: LEADER_SYNC_TEST,
        titles: ["a leader that is not established", "synchronizes no learner that has not promised the epoch"],
      },
    },
    {
      name: "second-newleader-taken",
      bugs: ["1324"],
      defect: "A learner takes a second NEWLEADER, and acknowledges a history that it did not flush.",
      guard: "A learner refuses NEWLEADER in every phase but one.",
      edits: [
        {
          file: "zab/learner/learner-state.ts",
          text: 'newLeader: column("refuse", {',
          without: 'newLeader: column("take", {',
        },
      ],
      scenario: { file: LEARNER_SYNC_TEST, titles: ["a synchronization", "ends at a second NEWLEADER"] },
    },
    {
      name: "leader-commits-before-established",
      bugs: ["790", "1558"],
      defect: "A leader counts its history as committed before a quorum has it.",
      guard: "A leader commits and serves when a quorum has acknowledged NEWLEADER.",
      edits: [
        {
          file: LEADER,
          text: "if (!this.#isQuorum(this.#links.followers((each) => each.isSynchronized))) return;",
          without: "",
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: [
          "a committed record",
          "of an earlier epoch is on the disks of a quorum before a new leader counts it as committed",
        ],
      },
    },
    {
      name: "learner-commits-before-established",
      bugs: ["790", "1558"],
      defect: "A learner applies records of a leader that is not established.",
      guard: "A learner passes commits on from UPTODATE on.",
      edits: [
        {
          file: LEARNER,
          text: 'if (result !== "committed" || this.#phase !== "broadcasting") return;',
          without: 'if (result !== "committed") return;',
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [WINDOW, "are flushed at once, but committed and acknowledged only after UPTODATE"],
      },
    },
    {
      name: "zxids-repeat",
      bugs: ["335", "1081"],
      defect: "Two leaders give the same zxid to different records, because the new epoch is not on a quorum of disks.",
      guard: "A leader proposes only once it is established.",
      edits: [
        { file: LEADER, text: 'if (this.#phase !== "broadcasting") return undefined;', without: "" },
        {
          file: "zab/leader/leader-state.ts",
          text: 'propose: column("ignore", { broadcasting: "take" }),',
          without: "propose: always,",
        },
      ],
      scenario: { file: LEADER_SYNC_TEST, titles: ["a leader that is not established", "accepts no proposal"] },
    },
    {
      name: "duplicate-taken-for-a-gap",
      bugs: [],
      defect: "A learner that gets a record twice, as the paper on Zab allows, appends it twice or fails.",
      guard: "A record that the history has is dropped.",
      edits: [
        { file: "zab/learner/learner-history.ts", text: 'if (zxid <= this.#last) return "duplicate";', without: "" },
      ],
      scenario: { file: LEARNER_TEST, titles: ["the broadcast", "ignores a record and a commit that it has"] },
    },
    {
      name: "commits-of-the-window-lost",
      bugs: [],
      defect:
        "A learner never hears of the commits between its NEWLEADER and its UPTODATE, which the paper on Zab leaves open.",
      guard: "The commits that were held follow UPTODATE.",
      edits: [
        {
          file: "zab/leader/synchronizer.ts",
          text: "for (const packet of link.held.splice(0)) this.#output.send([link.learner], packet);",
          without: "",
        },
      ],
      scenario: {
        file: LEADER_SYNC_TEST,
        titles: [
          "a learner between NEWLEADER and UPTODATE",
          "gets proposals at once, but their commits only after UPTODATE",
        ],
      },
    },
  ],
};
