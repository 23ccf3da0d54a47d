import type { Inapplicable } from "../exhibit.ts";

/** Bugs that need no scenario. */
export const inapplicable: readonly Inapplicable[] = [
  {
    bugs: ["4409"],
    defect: "The thread that sends ACKs fails when the socket is closed.",
    because: "A learner's effects are executed by one event loop, and a closed connection drops what is sent on it.",
  },
  {
    bugs: ["2678"],
    defect: "An election takes minutes with a large tree, because the database is read from the disk each time.",
    because:
      "The tree stays in memory between two roles and has nothing that is not committed; it is read again only after TRUNC, SNAP or a failed disk.",
  },
  {
    bugs: ["4883"],
    defect: "Two leaders are seen by clients at the forced election at the end of an epoch.",
    because:
      "An election is needed here too, but the leader ends before it proposes with the last counter; a recipe learns of the lost connection as in any other election.",
  },
  {
    bugs: ["4787"],
    defect: "A server cannot join, because texts on the wire have the character set of its locale.",
    because: "All texts are UTF-8; there is no locale.",
  },
  {
    bugs: ["3720", "3188"],
    defect: "Two versions of the hello of the election port split the ensemble during an upgrade.",
    because:
      "A hello of each version is read. The version that is written is the lowest that can carry this server's addresses, so servers before 3.6 read it if there is one address.",
  },
  {
    bugs: ["4886"],
    defect: "An observer with a small id cannot join an ensemble with SASL on its quorum ports.",
    because: "The quorum ports have no SASL yet. The guard has to come with it.",
  },
  {
    bugs: ["2164", "3756", "3320"],
    defect: "Members cannot join again: blocking connects, a listener that has ended, a name that was resolved once.",
    because:
      "No connect blocks another one, a port that cannot listen ends the role, and each attempt resolves the name again.",
  },
  {
    bugs: ["4203"],
    defect: "The failure of the acceptor of a leader is lost, and the leader stays without learners.",
    because: "A port that cannot listen ends the run of the leader before its first event; nothing waits for a state.",
  },
  {
    bugs: ["2080"],
    defect: "An election and a reconfiguration wait for each other's lock.",
    because: "There are no locks: an election takes one event after the other.",
  },
  {
    bugs: ["3814"],
    defect: "Servers that a reconfiguration has removed are still dialled.",
    because:
      "A server is dialled only when a vote is sent to it, and votes are sent to the voters of the configurations in force.",
  },
  {
    bugs: ["strimzi/strimzi-kafka-operator#8675"],
    defect: "A server whose own address is not resolved yet differs from its own configuration.",
    because: "Configurations are compared by their texts; names are resolved only to connect.",
  },
];
