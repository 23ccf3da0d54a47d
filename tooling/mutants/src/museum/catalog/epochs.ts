import type { Room } from "../exhibit.ts";

const LEARNER = "zab/learner/learner.ts";
const LEADER = "zab/leader/leader.ts";
const LEADER_TEST = "zab/leader/leader.test.ts";
const EPOCH_FILES = "storage/epoch-files.ts";
const EPOCH_FILES_TEST = "storage/epoch-files.test.ts";

export const epochs: Room = {
  title: "Epochs and zxids",
  exhibits: [
    {
      name: "promise-before-the-epoch-is-stored",
      bugs: ["2307"],
      defect: "A follower promises an epoch that is not on its disk, and after a restart follows an earlier leader.",
      guard: "ACKEPOCH follows the report that the accepted epoch is stored.",
      edits: [
        {
          file: LEARNER,
          text: 'this.#store("acceptingEpoch", { type: "storeAcceptedEpoch", epoch });',
          without: `{
      this.#emit({ type: "storeAcceptedEpoch", epoch });
      this.#acknowledgeEpoch(this.#options.currentEpoch);
    }`,
        },
      ],
      scenario: {
        file: "zab/learner/learner.test.ts",
        titles: ["the promise of an epoch", "is given when the epoch is on disk"],
      },
    },
    {
      name: "proposed-before-the-epoch-is-stored",
      bugs: ["2307"],
      defect: "A leader proposes an epoch that is not on its own disk, and after a restart proposes it again.",
      guard: "LEADERINFO follows the report that the accepted epoch is stored.",
      edits: [
        {
          file: LEADER,
          text: 'this.#output.emit({ type: "storeAcceptedEpoch", epoch: this.#epoch });',
          without: `this.#output.emit({ type: "storeAcceptedEpoch", epoch: this.#epoch });
    this.#isAcceptedEpochStored = true;
    if (!this.#options.reconfigEnabled) return this.#proposeEpoch();`,
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the epoch", "is proposed to no learner before it is on disk, and then also to those that come later"],
      },
    },
    {
      name: "epoch-file-without-a-folder-sync",
      bugs: ["4269"],
      defect:
        "The new name of an epoch file is lost in a power failure, and the server does not start or has an old epoch.",
      guard: "After a rename the folder is synced.",
      edits: [
        {
          file: "storage/durable-file.ts",
          text: "await files.rename(from, to);\n  await files.syncFolder(dirname(to));",
          without: "await files.rename(from, to);",
        },
      ],
      scenario: {
        file: EPOCH_FILES_TEST,
        titles: [
          "the epoch files",
          "hold the last epoch that was set, or the one being set, after a power loss at any moment",
        ],
      },
    },
    {
      name: "epoch-file-not-synced",
      bugs: ["4269"],
      defect: "An epoch file has its name before its content is on disk.",
      guard: "The file is synced before it is renamed.",
      edits: [{ file: "storage/durable-file.ts", text: "await file.sync();", without: "" }],
      scenario: {
        file: EPOCH_FILES_TEST,
        titles: [
          "the epoch files",
          "hold the last epoch that was set, or the one being set, after a power loss at any moment",
        ],
      },
    },
    {
      name: "missing-epoch-file-guessed",
      bugs: ["1387"],
      defect: "A missing epoch file is guessed from the last zxid, so that a server accepts an epoch twice.",
      guard: "A server with a history does not start without its epoch files.",
      edits: [
        {
          file: EPOCH_FILES,
          text: "if (lastZxid === 0n) {",
          without: "if (lastZxid > 0n) return Number(lastZxid >> 32n);\n    if (lastZxid === 0n) {",
        },
      ],
      scenario: {
        file: EPOCH_FILES_TEST,
        titles: ["the epoch files", "are refused if %s is missing although there is a history"],
      },
    },
    {
      name: "epoch-files-of-two-servers",
      bugs: ["1387"],
      defect: "A server starts with a current epoch above its accepted one, which no correct run leaves.",
      guard: "Such files are refused at the start.",
      edits: [{ file: EPOCH_FILES, text: "if (current > accepted) {", without: "if (false) {" }],
      scenario: {
        file: EPOCH_FILES_TEST,
        titles: ["the epoch files", "are refused if the current epoch is higher than the accepted one"],
      },
    },
    {
      name: "no-epoch-after-the-first-snapshot",
      bugs: ["2354"],
      defect: "A server that is killed after its first snapshot and before its current epoch does not start.",
      guard: "A server without a history stores epoch 0 at its first start.",
      edits: [{ file: EPOCH_FILES, text: 'await writeDurably(files, path, "0");', without: "" }],
      scenario: {
        file: "quorum/member-state.test.ts",
        titles: [
          "a member without data that installs a snapshot has epochs at its next start, if it was killed before it stored one",
        ],
      },
    },
    {
      name: "epoch-decreases",
      bugs: ["2307"],
      defect: "An epoch on disk is replaced by an earlier one, so that the server accepts an epoch twice.",
      guard: "An epoch file never takes a lower number.",
      edits: [{ file: EPOCH_FILES, text: 'refuseLower("accepted", epoch, this.#epochs.accepted);', without: "" }],
      scenario: {
        file: EPOCH_FILES_TEST,
        titles: ["the epoch files", "never go back, and the current epoch never exceeds the accepted one"],
      },
    },
    {
      name: "stale-leader-followed",
      bugs: ["1343"],
      defect: "A server follows a leader of an earlier epoch than it has promised.",
      guard: "LEADERINFO of an earlier epoch ends the learner.",
      edits: [
        {
          file: LEARNER,
          text: "else if (epoch === acceptedEpoch) this",
          without: "else if (epoch <= acceptedEpoch) this",
        },
      ],
      scenario: {
        file: "zab/learner/learner.test.ts",
        titles: ["the promise of an epoch", "is not given to a leader of an earlier epoch"],
      },
    },
    {
      name: "promise-counted-twice",
      bugs: ["1343"],
      defect: "A server that had accepted this epoch before, for another leader, counts for this one.",
      guard: "The promise of an epoch that was accepted before has no current epoch, and does not count.",
      edits: [
        {
          file: LEARNER,
          text: "else if (epoch === acceptedEpoch) this.#acknowledgeEpoch(undefined);",
          without: "else if (epoch === acceptedEpoch) this.#acknowledgeEpoch(this.#options.currentEpoch);",
        },
      ],
      scenario: {
        file: "zab/learner/learner.test.ts",
        titles: ["the promise of an epoch", "is no acknowledgement if this epoch was accepted before"],
      },
    },
    {
      name: "epoch-not-above-accepted-ones",
      bugs: ["1343"],
      defect: "The new epoch is not above one that a learner has accepted.",
      guard: "The new epoch is one more than the greatest that this server or a learner has accepted.",
      edits: [{ file: LEADER, text: "Math.max(...accepted) + 1", without: "this.#options.acceptedEpoch + 1" }],
      scenario: { file: LEADER_TEST, titles: ["the epoch", "is greater than each that a learner has accepted"] },
    },
    {
      name: "later-epoch-of-a-late-learner",
      bugs: ["1343"],
      defect: "A learner that has accepted a later epoch meanwhile is asked to follow the earlier one.",
      guard:
        "Such a learner is not registered. If it is a member, the leader ends, for an election with a higher epoch.",
      edits: [
        { file: LEADER, text: "if (this.#epoch > 0 && info.acceptedEpoch > this.#epoch)", without: "if (false)" },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the epoch", "cannot be followed by %s that has accepted a later one, and ends for a member"],
      },
    },
    {
      name: "counter-overflows-into-the-epoch",
      bugs: ["1277", "2789", "4870"],
      defect: "After 2^32 records the counter overflows into the epoch.",
      guard: "A leader ends before the last counter of its epoch, and an election begins the next one.",
      edits: [
        {
          file: LEADER,
          text: "if (counterOf(zxid) >= (this.#options.largestCounter ?? LARGEST_COUNTER)) {",
          without: "if (false) {",
        },
      ],
      scenario: { file: LEADER_TEST, titles: ["the end of a leader", "comes when the epoch has no more zxids"] },
    },
    {
      name: "epochs-run-out",
      bugs: ["2789"],
      defect: "An epoch above 31 bits makes zxids negative, so that every later record is older than all before.",
      guard: "A leader ends if there is no epoch after the accepted ones.",
      edits: [{ file: LEADER, text: "if (this.#epoch > LARGEST_EPOCH) {", without: "if (false) {" }],
      scenario: { file: LEADER_TEST, titles: ["the epoch", "ends the leader if there is none left"] },
    },
    {
      name: "leader-behind-a-voter",
      bugs: ["4643"],
      defect: "A leader continues although a voter of its quorum has committed records that it does not have.",
      guard: "ACKEPOCH of a voter with a greater current epoch or zxid ends the leader.",
      edits: [
        {
          file: LEADER,
          text: "if (isCollecting && isAhead({ currentEpoch, lastZxid }, own)) return this.#onAhead(link);",
          without: "",
        },
      ],
      scenario: { file: LEADER_TEST, titles: ["a learner that is ahead", "ends the leader if it is a voter: %s"] },
    },
    {
      name: "observer-chooses-the-epoch",
      bugs: ["1294"],
      defect: "An observer counts as a supporter of the leader.",
      guard: "Only connections as a follower count, and only of voters.",
      edits: [
        { file: "zab/leader/learner-links.ts", text: 'link.role === "follower" && test(link)', without: "test(link)" },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the epoch", "is not chosen, and not stored, by the help of %s"],
      },
    },
    {
      name: "observer-commits",
      bugs: ["1294"],
      defect: "The acknowledgement of a server that is no voter commits a record.",
      guard: "Only voters have a position in the quorums.",
      edits: [
        {
          file: "zab/configuration/quorum-system.ts",
          text: "return medianFromTop(this.#voters.map((id) => positions.get(id) ?? 0n));",
          without: "return medianFromTop([...positions.values()]);",
        },
      ],
      scenario: {
        file: "zab/leader/leader-broadcast.test.ts",
        titles: ["a proposal", "is not committed by the acknowledgement of %s"],
      },
    },
    {
      name: "emptied-voter-counts",
      bugs: ["261"],
      defect: "A voter that lost its disk helps a leader with an empty history.",
      guard: "ACKEPOCH without a history does not count.",
      edits: [
        {
          file: LEADER,
          text: "if (currentEpoch !== undefined && lastZxid >= 0n) {",
          without: "if (currentEpoch !== undefined) {",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the epoch", "is not stored by the help of a voter that %s, which is synchronized nevertheless"],
      },
    },
    {
      name: "emptied-voter-promises",
      bugs: ["261"],
      defect: "A voter that lost its disk promises an epoch as if it had the history of the current one.",
      guard: "Without a history the promise has no current epoch, so that no leader counts it.",
      edits: [{ file: LEARNER, text: "lastZxid < 0n ? undefined : currentEpoch", without: "currentEpoch" }],
      scenario: {
        file: "zab/learner/learner-sync.test.ts",
        titles: ["a synchronization", "of a lost history is only possible by SNAP, and its promise does not count"],
      },
    },
    {
      name: "lost-history-continued",
      bugs: ["261"],
      defect: "A server that lost its history continues it by DIFF.",
      guard: "A lost history is only replaced by SNAP.",
      edits: [{ file: LEARNER, text: "if (this.#history.last < 0n) return", without: "if (false) return" }],
      scenario: {
        file: "zab/learner/learner-sync.test.ts",
        titles: ["a synchronization", "of a lost history is only possible by SNAP, and its promise does not count"],
      },
    },
    {
      name: "slow-learner-blocks-the-leader",
      bugs: ["2201", "3531"],
      defect: "A learner that answers but takes no records blocks the ensemble.",
      guard: "A follower that acknowledges nothing within the limit is disconnected.",
      edits: [
        {
          file: "zab/leader/learner-link.ts",
          text: "const isSlow = this.unackedSince !== undefined &&",
          without: "const isSlow = false && this.unackedSince !== undefined &&",
        },
      ],
      scenario: {
        file: "zab/leader/leader-broadcast.test.ts",
        titles: ["time", "disconnects a follower that answers but acknowledges no proposal"],
      },
    },
    {
      name: "leader-never-shuts-down",
      bugs: ["2380"],
      defect: "The shutdown of a leader waits for ever.",
      guard: "A leader that hands over waits no longer than the limit for its last commits.",
      edits: [
        {
          file: "zab/leader/leader-state.ts",
          text: 'if (phase === "handingOver") {',
          without: "if (false) {",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["the end of a leader", "does not wait longer than the limit for the last commits"],
      },
    },
  ],
};
