import type { Room } from "../exhibit.ts";

const LEARNER = "zab/learner/learner.ts";
const LEARNER_TEST = "zab/learner/learner.test.ts";
const LEARNER_SYNC_TEST = "zab/learner/learner-sync.test.ts";
const LEADER_TEST = "zab/leader/leader.test.ts";

export const durability: Room = {
  title: "Failed disks and former lives",
  exhibits: [
    {
      name: "former-life-of-a-learner",
      bugs: ["4712", "4541", "4502"],
      defect: "A learner that lost its leader still writes into the log of its next life.",
      guard: "An ended learner has no effects.",
      edits: [{ file: "zab/learner/learner-state.ts", text: 'ended: "ignore",', without: "ended: others," }],
      scenario: {
        file: LEARNER_TEST,
        titles: [
          "the end",
          "after %s comes with a failed disk, a lost connection and a silent leader, and has no effects after it",
        ],
      },
    },
    {
      name: "former-life-of-a-leader",
      bugs: ["4712", "4541", "4502"],
      defect: "A leader that lost its quorum still writes and commits.",
      guard: "An ended leader has no effects.",
      edits: [{ file: "zab/leader/leader-state.ts", text: 'ended: "ignore",', without: "ended: others," }],
      scenario: {
        file: LEADER_TEST,
        titles: ["the end of a leader", "after %s comes with a failed disk, and has no effects after it"],
      },
    },
    {
      name: "two-owners-of-the-log",
      bugs: ["4712", "4541"],
      defect: "The next role begins while a disk operation of the former one is under way.",
      guard: "A run ends when all disk operations that it started have ended.",
      edits: [{ file: "quorum/event-loop.ts", text: "await this.#storing;", without: "" }],
      scenario: {
        file: "quorum/event-loop.test.ts",
        titles: [
          "the event loop of a run",
          "takes the event of a disk operation when it is done, and waits for all that were started",
        ],
      },
    },
    {
      name: "learner-continues-after-a-failed-write",
      bugs: ["4882"],
      defect: "A learner applies a commit although its own disk refused the record, and rejoins from memory.",
      guard: "A failed disk operation ends the learner.",
      edits: [
        {
          file: "zab/learner/learner-state.ts",
          text: "storageFailed: always,",
          without: 'storageFailed: column("ignore", {}),',
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [
          "the end",
          "after %s comes with a failed disk, a lost connection and a silent leader, and has no effects after it",
        ],
      },
    },
    {
      name: "leader-continues-after-a-failed-write",
      bugs: ["4882"],
      defect: "A leader continues although its own disk refused a record.",
      guard: "A failed disk operation ends the leader.",
      edits: [
        {
          file: "zab/leader/leader-state.ts",
          text: 'storageFailed: column("take", { starting: "take" }),',
          without: 'storageFailed: column("ignore"),',
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the end of a leader", "after %s comes with a failed disk, and has no effects after it"],
      },
    },
    {
      name: "applied-before-durable",
      bugs: ["4882"],
      defect: "A committed record is applied in memory before it is on this server's disk.",
      guard: "The commit queue applies up to the lesser of durable and committed.",
      edits: [
        {
          file: "pipeline/commit-queue.ts",
          text: "this.#head < this.#durableEnd && this.#head < this.#committedEnd",
          without: "this.#head < this.#committedEnd",
        },
      ],
      scenario: {
        file: "pipeline/commit-queue.test.ts",
        titles: ["the commit queue", "applies up to the lesser of durable and committed, whichever comes first"],
      },
    },
    {
      name: "log-after-a-failed-write",
      bugs: ["4882"],
      defect: "A write succeeds after one that failed, so that the log has a hole.",
      guard: "After a failed write every later flush fails.",
      edits: [
        {
          file: "storage/txn-log.ts",
          text: "if (this.#failure !== undefined) return Promise.reject(this.#failure);",
          without: "",
        },
      ],
      scenario: {
        file: "storage/txn-log.test.ts",
        titles: [
          "a write that fails",
          "rejects with a reason that names the folder, and every later flush with the same",
        ],
      },
    },
    {
      name: "process-continues-after-a-failed-write",
      bugs: ["4882"],
      defect: "A server whose disk failed joins again from the memory of its database.",
      guard: "A failed disk operation ends the process's server.",
      edits: [{ file: "quorum/member-state.ts", text: "this.#options.onFailure(cause);", without: "" }],
      scenario: { file: "quorum/member-state.test.ts", titles: ["a failure of the disk is reported once"] },
    },
    {
      name: "snapshot-only-in-memory",
      bugs: ["3642"],
      defect:
        "A snapshot of the leader is only in memory when its ACK is sent, and the next synchronization is a DIFF on top.",
      guard: "Everything after SNAP waits until the snapshot is installed durably.",
      edits: [
        {
          file: LEARNER,
          text: 'return this.#store("installing", { type: "installSnapshot", zxid: packet.zxid });',
          without:
            'this.#store("installing", { type: "installSnapshot", zxid: packet.zxid });\n        return this.#startReceiving(packet.zxid);',
        },
      ],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "by SNAP drops the records that the snapshot has, and their commits"],
      },
    },
    {
      name: "snapshot-not-synced",
      bugs: ["3642"],
      defect: "A received snapshot gets its name before its bytes are on disk.",
      guard: "The file is synced before it is renamed.",
      edits: [{ file: "storage/install-snapshot.ts", text: "await file.sync();", without: "" }],
      scenario: {
        file: "storage/install-snapshot.test.ts",
        titles: [
          "installing a snapshot of another server",
          "leaves the former history or the snapshot, whole, wherever it is interrupted",
        ],
      },
    },
    {
      name: "uncommitted-records-in-the-tree",
      bugs: ["2845"],
      defect: "Uncommitted records stay in the tree of a former leader, although its log was truncated.",
      guard: "After a truncation the tree is recovered from the disk.",
      edits: [
        {
          file: "quorum/member-state.ts",
          text: "await this.#reopen();\n    return this.lastZxid;",
          without: "return zxid;",
        },
      ],
      scenario: {
        file: "quorum/member-state.test.ts",
        titles: ["truncation removes records from log and memory, and a zxid that is not on record changes nothing"],
      },
    },
    {
      name: "role-applies-after-its-end",
      bugs: ["3598", "2845"],
      defect: "A role that ended in the middle applies and answers what no leader has committed.",
      guard: "The end of a role fails its commit queue, and hands the records that are not applied to the next one.",
      edits: [{ file: "roles/learner-role.ts", text: "this.#queue.fail();", without: "" }],
      scenario: {
        file: "roles/learner-role.test.ts",
        titles: ["a follower", "answers nothing once its role has ended, and leaves what was not committed"],
      },
    },
    {
      name: "missed-signal",
      bugs: ["4537"],
      defect: "A commit that comes before the end of the write is never applied.",
      guard: "The commit queue advances on each of the two reports, whichever comes last.",
      edits: [
        {
          file: "pipeline/commit-queue.ts",
          text: "this.#durableEnd = this.#endOf(zxid, this.#durableEnd);\n    this.#advance();",
          without: "this.#durableEnd = this.#endOf(zxid, this.#durableEnd);",
        },
      ],
      scenario: {
        file: "pipeline/commit-queue.test.ts",
        titles: ["the commit queue", "applies up to the lesser of durable and committed, whichever comes first"],
      },
    },
  ],
};
