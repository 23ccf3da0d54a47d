import type { Room } from "../exhibit.ts";

const PLAN = "zab/sync/sync-plan.ts";
const PLAN_TEST = "zab/sync/sync-plan.test.ts";
const LEARNER = "zab/learner/learner.ts";
const LEARNER_SYNC_TEST = "zab/learner/learner-sync.test.ts";
const TRUNCATE_TEST = "storage/truncate-log.test.ts";

export const truncation: Room = {
  title: "DIFF, TRUNC and SNAP",
  exhibits: [
    {
      name: "diff-skips-records",
      bugs: ["2418"],
      defect: "A DIFF from the log on disk skips records.",
      guard: "At NEWLEADER a learner checks that it has everything up to the zxid of DIFF.",
      edits: [{ file: LEARNER, text: "if (last < this.#syncedTo) return", without: "if (false) return" }],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "ends if records up to the zxid of DIFF are missing"],
      },
    },
    {
      name: "diff-from-a-log-of-a-later-epoch",
      bugs: ["2418"],
      defect: "A DIFF begins with a log of a later epoch, and skips the end of the epoch before.",
      guard: "A log that begins with a later epoch continues only the zxid right before its first record.",
      edits: [
        {
          file: "storage/log-cursor.ts",
          text: "(from === after + 1n || (after === 0n && isComplete))",
          without: "follows(from, after)",
        },
      ],
      scenario: {
        file: "storage/log-cursor.test.ts",
        titles: [
          "a log opened after a zxid",
          "is missing where the log begins with a later epoch, because the end of the one before is not known",
        ],
      },
    },
    {
      name: "trunc-across-epochs",
      bugs: ["3526"],
      defect: "TRUNC is sent by mistake, to a zxid that the learner never had.",
      guard: "TRUNC is only to a record of the epoch of the learner's last one.",
      edits: [{ file: PLAN, text: "epochOf(common) === epochOf(peerLast) && ", without: "" }],
      scenario: {
        file: PLAN_TEST,
        titles: ["the sync plan", "for a learner that has records of an epoch that the leader has none of"],
      },
    },
    {
      name: "diff-from-a-cut-log",
      bugs: ["4352"],
      defect: "A DIFF is chosen although the leader's log does not begin with the first record, so data are missing.",
      guard: "A history knows the zxid with which it begins; before that only SNAP is possible.",
      edits: [
        {
          file: PLAN,
          text: 'if (common === undefined) return { mode: "snap", to };',
          without: 'if (common === undefined) return { mode: "diff", after: peerLast, to };',
        },
      ],
      scenario: {
        file: PLAN_TEST,
        titles: ["the sync plan", "for a learner that has nothing, and the leader cannot read its first records"],
      },
    },
    {
      name: "late-server-stays-different",
      bugs: ["1154"],
      defect: "A server with a greater zxid that joins late keeps records that no other server has.",
      guard: "A learner that is ahead of the leader's history gets TRUNC or SNAP.",
      edits: [
        { file: PLAN, text: '{ mode: "trunc", after: common, to }', without: '{ mode: "diff", after: common, to }' },
      ],
      scenario: { file: "zab/known-bugs.test.ts", titles: ["a learner", "loses the records that only it has"] },
    },
    {
      name: "truncation-cuts-too-much",
      bugs: ["1156"],
      defect: "A truncation removes the record that it should keep.",
      guard: "The log is cut after the record with exactly the zxid.",
      edits: [
        {
          file: "storage/truncate-log.ts",
          text: "ZXID_OFFSET).readLong() > zxid)",
          without: "ZXID_OFFSET).readLong() >= zxid)",
        },
      ],
      scenario: {
        file: TRUNCATE_TEST,
        titles: ["truncating a history", "leaves exactly the transactions up to the zxid, whichever it is"],
      },
    },
    {
      name: "shorter-log-accepted",
      bugs: ["1156", "3701"],
      defect: "A learner continues although its log ends before the zxid of TRUNC.",
      guard: "A truncation has to report exactly the zxid that the leader asked for.",
      edits: [
        { file: LEARNER, text: "if (lastZxid === asked)", without: "if (lastZxid <= asked)" },
        // A second guard finds it at NEWLEADER.
        { file: LEARNER, text: "if (last < this.#syncedTo) return", without: "if (false) return" },
      ],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "by TRUNC ends if the log ends at 0:2 instead of the zxid that was asked for"],
      },
    },
    {
      name: "append-during-truncation",
      bugs: ["1489"],
      defect: "Records that follow TRUNC are lost, because they are appended to a log that is being cut.",
      guard: "Everything that follows TRUNC is held until the truncation has ended.",
      edits: [
        {
          file: "zab/learner/learner-state.ts",
          text: 'const history = column("refuse", {\n  truncating: "hold",',
          without: 'const history = column("refuse", {\n  truncating: "take",',
        },
      ],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "by TRUNC holds everything that follows until the log is truncated"],
      },
    },
    {
      name: "append-to-a-truncated-storage",
      bugs: ["1489"],
      defect: "The first append after TRUNC is lost: it is written to the file that the truncation replaced.",
      guard: "A storage that was truncated appends nothing more; it is opened again.",
      edits: [
        { file: "storage/file-storage.ts", text: "if (this.#isReplaced) throw", without: "if (false) throw" },
        // The zxid of the test is below the last one, which the log refuses too.
        { file: "storage/txn-log.ts", text: "if (zxid <= this.#lastZxid) {", without: "if (false) {" },
      ],
      scenario: { file: TRUNCATE_TEST, titles: ["truncating a history", "ends the storage: it appends nothing more"] },
    },
    {
      name: "failed-truncation-accepted",
      bugs: ["3701"],
      defect: "A truncation that failed counts as done, and the ensemble splits.",
      guard: "A learner whose log still ends after the zxid of TRUNC ends.",
      edits: [{ file: LEARNER, text: "if (lastZxid === asked)", without: "if (lastZxid >= asked)" }],
      scenario: {
        file: LEARNER_SYNC_TEST,
        titles: ["a synchronization", "by TRUNC ends if the log ends at 0:5 instead of the zxid that was asked for"],
      },
    },
    {
      name: "truncation-without-a-base",
      bugs: ["3701"],
      defect: "A truncation removes files although the rest does not lead up to the zxid.",
      guard: "A truncation checks first that a snapshot and the log lead up to the zxid, and changes nothing if not.",
      edits: [
        {
          file: "storage/truncate-log.ts",
          text: "if (base === undefined || !(await leadsTo(files, logFolder, base, zxid)))",
          without: "if (false)",
        },
      ],
      scenario: { file: TRUNCATE_TEST, titles: ["truncating a history", "before the oldest snapshot is refused"] },
    },
    {
      name: "zxid-of-the-tree-in-the-vote",
      bugs: ["1319", "1412"],
      defect: "A server reports a zxid that is not that of its history, and gets the wrong synchronization.",
      guard: "The last zxid of a member is that of its log, whether or not the tree has it.",
      edits: [
        {
          file: "quorum/member-state.ts",
          text: "return this.#history.last;",
          without: "return this.#database.tree.lastZxid;",
        },
      ],
      scenario: {
        file: "quorum/member-state.test.ts",
        titles: ["the last zxid is that of the log, whether or not the tree has it"],
      },
    },
    {
      name: "trunc-of-a-committed-record",
      bugs: [],
      defect:
        "A leader commits a record with the ACK of a follower, and has not applied it yet. The follower connects again and is asked to truncate to what is applied: if the leader fails now, the record is lost.",
      guard: "A synchronization is planned by the records that are committed, not by those that are applied.",
      edits: [
        {
          file: "zab/leader/synchronizer.ts",
          text: "const plan = planSync(lastZxid, history, this.#truncated.get(id) === lastZxid);",
          without: `const isUnapplied = lastZxid > applied && history.floor(lastZxid) === lastZxid;
    const plan = isUnapplied
      ? { mode: "trunc" as const, after: applied, to: applied }
      : planSync(lastZxid, history, this.#truncated.get(id) === lastZxid);`,
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: [
          "a committed record",
          "survives its leader, though the other copy came back before the leader had applied it",
        ],
      },
    },
    {
      name: "acknowledgement-outlives-its-record",
      bugs: [],
      defect:
        "A follower acknowledges a proposal, connects again, and is asked to truncate it. Its former ACK stays in the proposal and commits it, although the follower does not have it.",
      guard: "Only servers that are connected now are counted, by what they acknowledged on this connection.",
      edits: [
        { file: "zab/leader/leader.ts", text: "return this.#links.remove(link.learner);", without: "return;" },
        {
          file: "zab/leader/leader.ts",
          text: "if (former !== undefined) this.#disconnect(former.learner",
          without: "if (false) this.#disconnect(link.learner",
        },
        {
          file: "zab/leader/learner-links.ts",
          text: "if (former !== undefined) this.#links.delete(former.learner);",
          without: "",
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a committed record", "has copies that were not truncated after their acknowledgement"],
      },
    },
    {
      name: "disconnected-follower-counts",
      bugs: [],
      defect: "A proposal is committed by the ACK of a follower that is not connected any more.",
      guard: "A connection that has ended is forgotten.",
      edits: [{ file: "zab/leader/leader.ts", text: "return this.#links.remove(link.learner);", without: "return;" }],
      scenario: {
        file: "zab/leader/leader-broadcast.test.ts",
        titles: ["a proposal", "that a follower acknowledged before it was disconnected is not counted"],
      },
    },
    {
      name: "two-connections-of-one-server",
      bugs: [],
      defect: "A server that connects again counts with what it acknowledged on its former connection.",
      guard: "A new connection of a server replaces the former one.",
      edits: [
        {
          file: "zab/leader/learner-links.ts",
          text: "if (former !== undefined) this.#links.delete(former.learner);",
          without: "",
        },
        {
          file: "zab/leader/leader.ts",
          text: "if (former !== undefined) this.#disconnect(former.learner",
          without: "if (false) this.#disconnect(link.learner",
        },
      ],
      scenario: {
        file: "zab/leader/leader.test.ts",
        titles: ["a connection", "replaces the earlier one of the same server"],
      },
    },
    {
      name: "snapshot-that-cannot-be-truncated",
      bugs: [],
      defect:
        "A leader that is never established has sent a snapshot of its whole history. A later leader asks the receiver to truncate to a zxid before the snapshot: Apache's learner then has a tree that does not belong to its zxid, or exits.",
      guard: "A learner that comes back with the same last zxid after TRUNC gets SNAP.",
      edits: [
        {
          file: "zab/leader/synchronizer.ts",
          text: "this.#truncated.get(id) === lastZxid",
          without: "false",
        },
      ],
      scenario: {
        file: "zab/known-bugs.test.ts",
        titles: ["a learner", "gets a snapshot if its log begins after the record to which it was asked to truncate"],
      },
    },
    {
      name: "trunc-to-the-name-of-a-snapshot",
      bugs: [],
      defect: "TRUNC names the zxid e:0 of a snapshot, which is no record of any log.",
      guard: "TRUNC is only to the zxid of a record.",
      edits: [{ file: PLAN, text: " && counterOf(common) !== 0", without: "" }],
      scenario: {
        file: PLAN_TEST,
        titles: ["the sync plan", "for a learner that has more than a leader whose tree is at the start of the epoch"],
      },
    },
    {
      name: "snapshot-named-by-its-epoch",
      bugs: [],
      defect:
        "An established leader of Apache names a snapshot without records of its epoch e by e:0. Another leader takes the learner to have all records before e, though it began that epoch with others.",
      guard: "Only a history in which a record of epoch e comes next continues such a snapshot.",
      edits: [{ file: PLAN, text: "return hasEpoch ?", without: "return true ?" }],
      scenario: {
        file: PLAN_TEST,
        titles: ["the sync plan", "for a learner that has a snapshot of the start of an epoch without records"],
      },
    },
    {
      name: "trunc-not-durable",
      bugs: [],
      defect: "TRUNC is not synced: a power loss after the ACK brings the removed records back.",
      guard: "The shortened file is synced before it replaces the former one.",
      edits: [{ file: "storage/truncate-log.ts", text: "await copy.sync();", without: "" }],
      scenario: {
        file: TRUNCATE_TEST,
        titles: [
          "truncating a history",
          "can be interrupted anywhere: the history that is left ends at the zxid or later, and can be truncated again",
        ],
      },
    },
    {
      name: "removed-logs-come-back",
      bugs: [],
      defect:
        "A log file that a truncation removed is there again after a power loss, since the folder was not synced.",
      guard: "Each removal of a file is made durable before the next step.",
      edits: [
        {
          file: "storage/truncate-log.ts",
          text: "await files.remove(join(folder, name));\n    await files.syncFolder(folder);",
          without: "await files.remove(join(folder, name));",
        },
      ],
      scenario: {
        file: TRUNCATE_TEST,
        titles: [
          "truncating a history",
          "can be interrupted anywhere: the history that is left ends at the zxid or later, and can be truncated again",
        ],
      },
    },
    {
      name: "commit-without-a-proposal",
      bugs: [],
      defect: "A COMMIT without a proposal is used unchecked; Apache's learner fails in the synchronization.",
      guard: "A commit has to be that of the first proposal that waits; anything else ends the learner.",
      edits: [
        {
          file: "zab/learner/learner-history.ts",
          text: 'if (zxid !== this.#pending[0]) return "gap";',
          without: "",
        },
      ],
      scenario: {
        file: "zab/learner/learner.test.ts",
        titles: ["the broadcast", "ends if no proposal waits for the commit"],
      },
    },
    {
      name: "gap-in-the-broadcast",
      bugs: [],
      defect: "A gap in the broadcast is only a warning.",
      guard: "A learner ends at a record that does not follow its last one.",
      edits: [
        { file: "zab/learner/learner-history.ts", text: 'if (!follows(zxid, this.#last)) return "gap";', without: "" },
      ],
      scenario: { file: "zab/learner/learner.test.ts", titles: ["the broadcast", "ends if a counter was left out"] },
    },
    {
      name: "observer-without-a-commit",
      bugs: [],
      defect: "An observer fails at a record for which no commit is queued.",
      guard: "INFORM commits a record that an earlier packet has brought as a proposal.",
      edits: [
        {
          file: LEARNER,
          text: "if (!this.#hasEnded()) this.#commit(record.header.zxid);",
          without: "if (record.header.zxid > this.#history.last) this.#commit(record.header.zxid);",
        },
      ],
      scenario: {
        file: "zab/learner/learner.test.ts",
        titles: ["an observer", "commits a record that an older leader has sent as a proposal"],
      },
    },
  ],
};
