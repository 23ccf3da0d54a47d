import type { Room } from "../exhibit.ts";

const ELECTION = "zab/election/election.ts";
const VOTE = "zab/election/vote.ts";
const ESTABLISHED_TEST = "zab/election/election-established.test.ts";
const MEMBERS_TEST = "zab/election/election-members.test.ts";
const JOINS = "a server that finds an established ensemble";
const CONFIGURATIONS = "configurations in an election";

export const elections: Room = {
  title: "Elections",
  exhibits: [
    {
      name: "round-does-not-go-back",
      bugs: ["1514"],
      defect: "A server that joins an ensemble of a lower round keeps its own, and others can never agree with it.",
      guard: "The decision takes the round of the ensemble.",
      edits: [
        {
          file: ELECTION,
          text: "this.#round = notification.electionEpoch;\n    this.#decide(notification);",
          without: "this.#decide(notification);",
        },
      ],
      scenario: {
        file: ESTABLISHED_TEST,
        titles: [JOINS, "goes back to the ensemble's lower round, so that others agree with it later (ZOOKEEPER-1514)"],
      },
    },
    {
      name: "votes-of-a-lower-round",
      bugs: ["1514"],
      defect: "The vote of a server in a lower round counts, although that server will vote again.",
      guard: "Such a server is answered, and its vote is not counted.",
      edits: [{ file: ELECTION, text: "if (notification.electionEpoch < this.#round) return;", without: "" }],
      scenario: {
        file: "zab/election/election.test.ts",
        titles: [
          "a server that looks for a leader",
          "answers a server in a lower round with its vote, and does not count that server's vote",
        ],
      },
    },
    {
      name: "votes-that-beat-each-other",
      bugs: ["1419"],
      defect: "Five servers never settle, because two votes beat each other.",
      guard: "Votes are compared by epoch, then zxid, then id, so the order is total.",
      edits: [
        {
          file: VOTE,
          text: "if (a.zxid !== b.zxid) return a.zxid > b.zxid;",
          without: "if (a.zxid > b.zxid) return true;",
        },
      ],
      scenario: {
        file: "zab/election/vote.test.ts",
        titles: [
          "the order of votes",
          "is total: of two votes that differ in epoch, zxid or leader, exactly one is better",
        ],
      },
    },
    {
      name: "epochs-of-old-servers",
      bugs: ["1732"],
      defect: "A restarted server cannot join: old and new servers name different epochs of the same leader.",
      guard: "The epoch is not compared with that of servers that never update it.",
      edits: [{ file: VOTE, text: "a.version > 0 !== b.version > 0 || ", without: "" }],
      scenario: {
        file: ESTABLISHED_TEST,
        titles: [JOINS, "joins old servers and new ones that name different epochs of the leader (ZOOKEEPER-1732)"],
      },
    },
    {
      name: "rounds-of-an-established-ensemble",
      bugs: ["1805"],
      defect: "A restarted server cannot join: the votes of an established ensemble differ in round and zxid.",
      guard: "Round and zxid are compared only while one of the two servers is looking.",
      edits: [{ file: VOTE, text: 'if (a.state === "looking" || b.state === "looking") {', without: "if (true) {" }],
      scenario: {
        file: ESTABLISHED_TEST,
        titles: [JOINS, "joins although the stored votes differ in round and zxid (ZOOKEEPER-1805)"],
      },
    },
    {
      name: "leads-by-votes-for-a-former-life",
      bugs: ["975"],
      defect: "A server that restarts leads, because the others still name its former life.",
      guard: "A server leads by votes of its own round only.",
      edits: [
        {
          file: ELECTION,
          text: "return this.#quorums.isQuorum(supporters) && vote.electionEpoch === this.#round;",
          without: "return this.#quorums.isQuorum(supporters);",
        },
      ],
      scenario: {
        file: ESTABLISHED_TEST,
        titles: [JOINS, "does not lead because others still follow its former life in another round (ZOOKEEPER-975)"],
      },
    },
    {
      name: "leader-that-only-followers-name",
      bugs: ["975"],
      defect: "A server follows a leader that has failed, because its followers still name it.",
      guard: "The leader itself has to say that it leads.",
      edits: [{ file: ELECTION, text: 'votes.get(vote.leader)?.state === "leading" && ', without: "" }],
      scenario: { file: ESTABLISHED_TEST, titles: [JOINS, "does not follow a leader that only its followers name"] },
    },
    {
      name: "observer-elects",
      bugs: ["1294"],
      defect: "The vote of an observer elects a leader.",
      guard: "Votes of servers that are no voters are not counted, and are part of no quorum.",
      edits: [
        { file: ELECTION, text: "if (!this.#isVoter(from)) {", without: "if (false) {" },
        {
          file: "zab/configuration/quorum-system.ts",
          text: "if (this.#isVoter.has(id)) votes++;",
          without: "votes++;",
        },
      ],
      scenario: {
        file: MEMBERS_TEST,
        titles: ["servers without a vote", "an observer's vote supports no leader (ZOOKEEPER-1294)"],
      },
    },
    {
      name: "emptied-voter-votes",
      bugs: ["261"],
      defect: "A voter that lost its disk votes, and helps to elect a server with an empty history.",
      guard: "A disk that is empty and not known to be new gives no vote.",
      edits: [
        {
          file: ELECTION,
          text: "if (this.#isUntrusted || notification.zxid === EMPTY_UNTRUSTED) return;",
          without: "",
        },
        { file: ELECTION, text: "if (!this.#isUntrusted) this.#votes", without: "this.#votes" },
      ],
      scenario: {
        file: MEMBERS_TEST,
        titles: [
          "servers without a vote",
          "a participant with an empty disk that is not trusted votes for no server, and is not voted for (ZOOKEEPER-261)",
        ],
      },
    },
    {
      name: "notification-for-a-stranger",
      bugs: ["3537", "2186"],
      defect: "A notification that names a server outside the ensemble misleads the election.",
      guard: "Votes for servers that are no voters are ignored.",
      edits: [
        {
          file: ELECTION,
          text: "if (this.#isVoter(notification.leader)) this.#count(from, notification);",
          without: "this.#count(from, notification);",
        },
      ],
      scenario: {
        file: "zab/election/election.test.ts",
        titles: ["a server that looks for a leader", "ignores votes for and from servers that are no voters"],
      },
    },
    {
      name: "malformed-configuration-in-a-notification",
      bugs: ["3769"],
      defect: "A malformed notification ends the election.",
      guard: "A configuration that cannot be read is reported, and the vote counts.",
      edits: [
        {
          file: ELECTION,
          text: "if (error instanceof ConfigurationError) return error;\n    throw error;",
          without: "throw error;",
        },
      ],
      scenario: { file: MEMBERS_TEST, titles: [CONFIGURATIONS, "an invalid one is reported, and the vote counts"] },
    },
    {
      name: "server-that-votes-to-itself",
      bugs: ["1840"],
      defect: "A server dials itself.",
      guard: "A vote is sent to the other voters only.",
      edits: [
        {
          file: ELECTION,
          text: "for (const voter of this.#quorums.voters) if (voter !== this.#id) this.#send(voter);",
          without: "for (const voter of this.#quorums.voters) this.#send(voter);",
        },
      ],
      scenario: {
        file: "zab/election/election.test.ts",
        titles: ["the first election", "of one server needs no other"],
      },
    },
    {
      name: "observers-answer-each-other",
      bugs: ["1807"],
      defect: "Observers answer each other's answers for ever.",
      guard: "A looking observer answers another one only if its configuration is newer.",
      edits: [
        {
          file: ELECTION,
          text: "if (!this.#isLooking || this.#isVoter(this.#id)) return true;",
          without: "return true;",
        },
      ],
      scenario: { file: MEMBERS_TEST, titles: ["servers without a vote", "observers do not answer each other"] },
    },
    {
      name: "elected-by-the-old-configuration-alone",
      bugs: ["1699"],
      defect: "A leader is elected that has no quorum of the configuration that was proposed last.",
      guard: "A quorum of both configurations is needed while a newer one is proposed.",
      edits: [
        {
          file: "zab/configuration/quorum-set.ts",
          text: "return this.configurations.every((configuration) => configuration.isQuorum(each));",
          without: "return this.active.isQuorum(each);",
        },
      ],
      scenario: {
        file: MEMBERS_TEST,
        titles: [CONFIGURATIONS, "a quorum of both is needed while a newer one is proposed"],
      },
    },
    {
      name: "configuration-adopted-though-disabled",
      bugs: ["2819"],
      defect: "With reconfiguration disabled, the configuration of another server replaces that of the file.",
      guard: "A newer configuration in a notification is adopted only if reconfiguration is enabled.",
      edits: [
        {
          file: ELECTION,
          text: "if (!this.#isReconfigEnabled || config === undefined",
          without: "if (config === undefined",
        },
      ],
      scenario: { file: MEMBERS_TEST, titles: [CONFIGURATIONS, "another one is not adopted %s, and the vote counts"] },
    },
    {
      name: "older-configuration-adopted",
      bugs: ["2212"],
      defect: "A configuration that is not newer replaces the active one.",
      guard: "Only a greater version is adopted.",
      edits: [{ file: ELECTION, text: "if (received.version <= active.version) return false;", without: "" }],
      scenario: {
        file: MEMBERS_TEST,
        titles: [CONFIGURATIONS, "a newer one is adopted, and the election begins again in it"],
      },
    },
  ],
};
