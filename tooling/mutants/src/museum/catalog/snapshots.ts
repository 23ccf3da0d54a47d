import type { Room } from "../exhibit.ts";

const RECOVERY = "storage/recovery.ts";
const RECOVERY_TEST = "storage/recovery.test.ts";
const AUTHORITY = "sessions/session-authority.ts";
const SYNC = "zab/leader/sync-requests.ts";
const BROADCAST_TEST = "zab/leader/leader-broadcast.test.ts";
const AUTHORITY_TEST = "sessions/session-authority.test.ts";

export const snapshots: Room = {
  title: "Disk, snapshots and sessions",
  exhibits: [
    {
      name: "log-without-a-snapshot",
      bugs: ["2325", "3056", "3644", "3781"],
      defect: "All snapshots are missing, and a server serves an empty database or a part of its data.",
      guard: "A log without a snapshot is refused, unless that is trusted by an option.",
      edits: [{ file: RECOVERY, text: "if (!trustEmptySnapshot) throw noSnapshot(folder, logs);", without: "" }],
      scenario: {
        file: RECOVERY_TEST,
        titles: ["recovery", "is refused where there is a log without a snapshot, unless that is trusted"],
      },
    },
    {
      name: "acl-lost-by-a-snapshot",
      bugs: ["3306", "4846", "4689"],
      defect:
        "A node whose ACL was set while the snapshot was written is inaccessible, or has the ACL of another node.",
      guard: "Recovery sets the ACLs that the snapshot lacks from the transactions that follow.",
      edits: [
        { file: RECOVERY, text: "for (const repair of missingAcls.after(record)) sink.apply(repair);", without: "" },
      ],
      scenario: {
        file: RECOVERY_TEST,
        titles: [
          "a node with an ACL that was set while the snapshot was written",
          "is given it once more where Apache's snapshot shows a node that the log creates only later",
        ],
      },
    },
    {
      name: "record-that-cannot-be-read-back",
      bugs: ["3496", "4843"],
      defect: "One record above the limit of recovery makes the service unavailable.",
      guard: "A write that recovery could not read back is refused.",
      edits: [
        {
          file: "pipeline/prepare.ts",
          text: "txnBytes(validated) > policy.maxTxnBytes ? refusal(ErrorCode.MARSHALLING_ERROR) : validated",
          without: "validated",
        },
      ],
      scenario: {
        file: "pipeline/prepare.test.ts",
        titles: ["preparing a write", "refuses a transaction that recovery could not read back"],
      },
    },
    {
      name: "log-over-another-log",
      bugs: ["4541"],
      defect: "Two owners of a folder write log files over each other.",
      guard: "A new log file never replaces one that has records.",
      edits: [{ file: "storage/txn-log.ts", text: "if (records.length === 0) continue;", without: "continue;" }],
      scenario: {
        file: "storage/txn-log.test.ts",
        titles: ["a log file", "is never put over one that has records: the flush rejects, and the other keeps them"],
      },
    },
    {
      name: "ephemeral-outlives-its-session",
      bugs: ["1208", "1496", "2355"],
      defect: "An ephemeral whose create waits when its session is closed is never deleted.",
      guard: "The close lists the ephemerals that are proposed, applied or not.",
      edits: [
        {
          file: "pipeline/proposer.ts",
          text: "paths: pending.ephemeralsOf(sessionId)",
          without: "paths: []",
        },
      ],
      scenario: {
        file: "pipeline/proposer.test.ts",
        titles: ["closing a session", "deletes its ephemerals, even one whose create is still pending"],
      },
    },
    {
      name: "create-after-the-close",
      bugs: ["1208", "3471"],
      defect: "A create that comes between the proposal of the close and its commit leaves an ephemeral behind.",
      guard: "A session accepts nothing from the moment its close is proposed.",
      edits: [{ file: "pipeline/proposer.ts", text: "sessions.markClosing(sessionId);", without: "" }],
      scenario: {
        file: "roles/standalone.test.ts",
        titles: [
          "a standalone server",
          "refuses writes of a session from the moment its close is proposed, and of one that does not exist",
        ],
      },
    },
    {
      name: "learner-accepts-after-the-close",
      bugs: ["1208", "2355"],
      defect: "A follower forwards writes of a session that its client is closing.",
      guard: "A learner marks the session as closing as soon as its client asks for it.",
      edits: [{ file: "roles/learner-role.ts", text: "this.sessions.markClosing(sessionId);", without: "" }],
      scenario: {
        file: "roles/learner-role.test.ts",
        titles: ["a follower", "accepts nothing more of a session as soon as its client asks to close it"],
      },
    },
    {
      name: "closing-session-revalidated",
      bugs: ["3471"],
      defect: "A session moves to another server while it is being closed, and its ephemerals stay.",
      guard: "A closing session is not confirmed to a learner.",
      edits: [
        {
          file: AUTHORITY,
          text: "if (session === undefined || session.isClosing) return false;",
          without: "if (session === undefined) return false;",
        },
      ],
      scenario: {
        file: AUTHORITY_TEST,
        titles: ["sessions of the clients of learners", "are not confirmed once they are closing or unknown"],
      },
    },
    {
      name: "sync-overtakes-proposals",
      bugs: ["1675", "3600"],
      defect: "A read after sync is stale: sync is answered before what was proposed earlier is committed.",
      guard: "A leader answers sync after the commit of the last proposal of that moment.",
      edits: [
        {
          file: SYNC,
          text: "if (first.number > this.#confirmed || first.zxid > committed) return;",
          without: "if (first.number > this.#confirmed) return;",
        },
      ],
      scenario: {
        file: BROADCAST_TEST,
        titles: [
          "a sync request",
          "is answered after the commit of the last proposal of that moment, and before that of a later one",
        ],
      },
    },
    {
      name: "sync-of-a-former-leader",
      bugs: ["1675", "3600"],
      defect: "A leader that was cut off answers sync, though another leader has committed records since.",
      guard: "A leader answers sync when a quorum has answered a PING that was sent after the request came.",
      edits: [{ file: SYNC, text: "if (!isQuorum(others)) return;", without: "" }],
      scenario: {
        file: BROADCAST_TEST,
        titles: [
          "a sync request",
          "needs a quorum: the answers of a follower alone in five, or of an observer, are none",
        ],
      },
    },
    {
      name: "sync-proved-by-an-earlier-answer",
      bugs: ["1675", "3600"],
      defect: "The answer to a PING that was sent before the request proves nothing about the leadership at its time.",
      guard: "Answers are counted, so that each belongs to one PING.",
      edits: [
        {
          file: SYNC,
          text: "this.#round.answers.set(link.learner, link.pings);",
          without: "this.#round.answers.set(link.learner, link.answers + 1);",
        },
      ],
      scenario: {
        file: BROADCAST_TEST,
        titles: ["a sync request", "is not answered by the answer to an earlier PING"],
      },
    },
  ],
};
