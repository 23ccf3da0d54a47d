import type { Room } from "../exhibit.ts";

const LEARNER = "zab/learner/learner.ts";
const LEADER = "zab/leader/leader.ts";
const BROADCAST = "zab/leader/broadcast.ts";
const LEADER_TEST = "zab/leader/leader-reconfig.test.ts";
const LEARNER_TEST = "zab/learner/learner-reconfig.test.ts";
const LEARNER_SUITE = "a reconfiguration, to a learner";

export const reconfiguration: Room = {
  title: "Reconfiguration",
  exhibits: [
    {
      name: "reconfiguration-before-uptodate",
      bugs: ["2172"],
      defect: "A server that joins misses the configuration that is committed between its snapshot and UPTODATE.",
      guard: "Such configurations are kept, and activated at UPTODATE.",
      edits: [
        { file: LEARNER, text: "else this.#activations.push({ configuration, designatedLeader });", without: "" },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [LEARNER_SUITE, "is activated after UPTODATE if it was committed before"],
      },
    },
    {
      name: "reconfiguration-in-the-snapshot",
      bugs: ["2172"],
      defect: "A server that joins misses the configuration whose record its snapshot has already.",
      guard: "A record that the history has is still read for its configuration.",
      edits: [
        {
          file: LEARNER,
          text: "if (!this.#see(() => configurationIn(record), zxid)) return;\n    const result = this.#history.append(zxid);",
          without:
            'const result = this.#history.append(zxid);\n    if (result !== "duplicate" && !this.#see(() => configurationIn(record), zxid)) return;',
        },
      ],
      scenario: { file: LEARNER_TEST, titles: [LEARNER_SUITE, "is activated even if the snapshot has its record"] },
    },
    {
      name: "newer-configuration-undone",
      bugs: ["2212"],
      defect:
        "A newer configuration is undone by the older one of NEWLEADER, and an observer never becomes a participant.",
      guard: "The active configuration never becomes an older one.",
      edits: [
        {
          file: "zab/configuration/quorum-set.ts",
          text: "if (configuration.version <= this.active.version) return this;",
          without: "",
        },
        { file: LEARNER, text: "this.#activations.unshift(", without: "this.#activations.push(" },
      ],
      scenario: { file: LEARNER_TEST, titles: [LEARNER_SUITE, "is not undone by an older configuration in NEWLEADER"] },
    },
    {
      name: "leader-without-the-proposed-quorum",
      bugs: ["1699"],
      defect: "A leader stays although it has lost the quorum of the configuration that was proposed last.",
      guard: "The leadership needs a quorum of each configuration.",
      edits: [
        {
          file: LEADER,
          text: "return this.#configurations.set.isQuorum([",
          without: "return this.#configurations.set.active.isQuorum([",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["a reconfiguration", "needs a quorum of the proposed configuration for the leadership too"],
      },
    },
    {
      name: "committed-by-the-old-configuration-alone",
      bugs: ["1699"],
      defect: "A reconfiguration is committed although no quorum of the new configuration has it.",
      guard: "Its commit needs a quorum of both configurations.",
      edits: [
        {
          file: BROADCAST,
          text: "return proposed.quorumPosition(positions) < pending ? pending - 1n : pending;",
          without: "return pending;",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: [
          "a reconfiguration",
          "that replaces a server is not committed by a quorum of the old configuration alone",
        ],
      },
    },
    {
      name: "initial-configurations-of-version-0",
      bugs: ["1783"],
      defect: "All initial configurations have version 0, so that the partial one of a server that joins may win.",
      guard: "The first leader gives the initial configuration its epoch as the version.",
      edits: [{ file: LEADER, text: "this.#broadcast.see(active.withVersion(zxidOf(this.#epoch)));", without: "" }],
      scenario: {
        file: LEADER_TEST,
        titles: [
          "the initial configuration",
          "gets the epoch as its version, which is stored before the epoch is proposed",
        ],
      },
    },
    {
      name: "learner-with-a-newer-configuration",
      bugs: ["1783"],
      defect: "A leader whose configuration is older than that of a learner leads it.",
      guard: "Such a learner is refused, and will lead by the election.",
      edits: [
        {
          file: "zab/leader/registration.ts",
          text: "if (info.configurationVersion > version)",
          without: "if (false)",
        },
      ],
      scenario: {
        file: "zab/leader/leader.test.ts",
        titles: ["a connection", "is refused if its server has the leader's id, or a newer configuration"],
      },
    },
    {
      name: "configuration-though-disabled",
      bugs: ["2819"],
      defect: "With reconfiguration disabled, the configuration of a leader replaces that of the file.",
      guard: "A learner without reconfiguration ignores all configurations.",
      edits: [{ file: LEARNER, text: "if (!this.#options.reconfigEnabled) return true;", without: "" }],
      scenario: { file: LEARNER_TEST, titles: [LEARNER_SUITE, "is ignored if reconfiguration is disabled"] },
    },
    {
      name: "leader-that-cannot-commit",
      bugs: ["3829", "3830", "3842"],
      defect: "After a reconfiguration the leader waits for members that are not in the new configuration.",
      guard:
        "Once the reconfiguration is committed, the new configuration alone decides, also on what is proposed already.",
      edits: [
        {
          file: BROADCAST,
          text: "while (this.#commitTo(this.#commitTarget()) && !this.#hasResigned);",
          without: "this.#commitTo(this.#commitTarget());",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: [
          "a reconfiguration",
          "that adds a server is committed by a quorum of the old and of the new configuration",
        ],
      },
    },
    {
      name: "removed-leader-stays",
      bugs: ["3829"],
      defect: "A leader that the new configuration does not list still commits.",
      guard: "It resigns with the commit of that configuration.",
      edits: [{ file: BROADCAST, text: "this.#hasResigned = designatedLeader !== id;", without: "" }],
      scenario: {
        file: LEADER_TEST,
        titles: [
          "a reconfiguration",
          "that removes the leader names the voter with the longest history, and nothing is committed after it",
        ],
      },
    },
    {
      name: "invalid-configuration-ignored",
      bugs: [],
      defect: "A configuration that cannot be parsed is printed and ignored.",
      guard: "It ends the learner.",
      edits: [
        {
          file: LEARNER,
          text: "if (!(error instanceof ConfigurationError)) throw error;",
          without: "if (error instanceof ConfigurationError) return true;",
        },
      ],
      scenario: { file: LEARNER_TEST, titles: [LEARNER_SUITE, "ends the learner if its text is invalid: %s"] },
    },
    {
      name: "uncommitted-configuration-in-newleader",
      bugs: [],
      defect: "NEWLEADER has a configuration that is only proposed, and a server that joins activates it.",
      guard: "An established leader sends its active configuration in NEWLEADER.",
      edits: [
        {
          file: LEADER,
          text: '(this.#phase === "synchronizing" ? set.lastSeen : set.active)',
          without: "set.lastSeen",
        },
      ],
      scenario: { file: LEADER_TEST, titles: ["a reconfiguration", "is in no NEWLEADER before it is committed"] },
    },
    {
      name: "uncommitted-configuration-activated",
      bugs: [],
      defect: "A server that joins activates a configuration of NEWLEADER whose record is not committed.",
      guard: "A configuration of this epoch is activated by the commit of its record.",
      edits: [
        {
          file: LEARNER,
          text: "if (this.#isCommitted(each.configuration)) this.#activate(each);",
          without: "this.#activate(each);",
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [LEARNER_SUITE, "in NEWLEADER is not activated before its record is committed"],
      },
    },
    {
      name: "configuration-acknowledged-before-it-is-stored",
      bugs: [],
      defect:
        "A configuration is acknowledged before it is on disk. After a restart the server does not know it, and needs no quorum of it.",
      guard: "A reconfiguration is acknowledged when its record and its configuration are on disk.",
      edits: [
        {
          file: LEARNER,
          text: "zxid <= this.#durable && this.#configurations.isStoredUpTo(zxid)",
          without: "zxid <= this.#durable",
        },
      ],
      scenario: {
        file: LEARNER_TEST,
        titles: [LEARNER_SUITE, "is acknowledged when both its record and its configuration are on disk"],
      },
    },
    {
      name: "proposed-configuration-removed-too-early",
      bugs: [],
      defect: "A power loss while a configuration becomes active leaves a server with the former one alone.",
      guard: "The file of the proposed configuration is removed after that of the active one is durable.",
      edits: [
        {
          file: "storage/configuration-files.ts",
          text: "await writeDurably(this.#files, path, ",
          without: `await this.#files.remove(this.#path + NEXT).catch(() => {});
    await this.#files.syncFolder(dirname(this.#path));
    await writeDurably(this.#files, path, `,
        },
      ],
      scenario: {
        file: "storage/configuration-files.test.ts",
        titles: [
          "the files of configurations",
          "have the last proposed configuration, or the active one made from it, after a power loss at any moment",
        ],
      },
    },
    {
      name: "configuration-of-the-leader-not-stored",
      bugs: [],
      defect: "A leader counts its own copy of a reconfiguration before the configuration is on its disk.",
      guard: "Its position stays before the first configuration that is not stored.",
      edits: [
        {
          file: "zab/reconfig/seen-configurations.ts",
          text: "return first === undefined || zxid < first ? zxid : first - 1n;",
          without: "return zxid;",
        },
      ],
      scenario: {
        file: LEADER_TEST,
        titles: ["a reconfiguration", "is not committed by the leader's own copy before its configuration is on disk"],
      },
    },
  ],
};
