import type { Connection, OnItsWay } from "./model-state.ts";
import type { Part, Parts } from "./parts.ts";

type Draft = { -readonly [K in keyof Connection]: Connection[K] };

/** Messages that a server has sent in a step, on the connection `number` to `leader`. */
export interface Sent {
  readonly leader: number;
  readonly number: number;
  count: number;
}

/** Connections in a step of the model. */
export class ConnectionStep {
  #all: Draft[];
  /** Those that are not changed. */
  readonly #parts = new Map<Draft, Part<Connection>>();
  readonly sent: Sent[] = [];

  constructor(parts: readonly Part<Connection>[]) {
    this.#all = parts.map((part) => {
      const copy = { ...part.value };
      this.#parts.set(copy, part);
      return copy;
    });
  }

  finish(parts: Parts<Connection>): readonly Part<Connection>[] {
    return this.#all.map((each) => this.#parts.get(each) ?? parts.of(each));
  }

  at(index: number): Connection {
    return this.#all[index]!;
  }

  /** Opens a connection. Its number is different from those that the leader has not closed. */
  open(leader: number, learner: number): void {
    let number = learner;
    while (this.#find(leader, number) !== undefined) number += 3;
    this.#all.push({ number, leader, learner, isCut: false, toLeader: [], toLearner: [] });
  }

  toLearner(leader: number, number: number, message: OnItsWay): void {
    const connection = this.#find(leader, number);
    if (connection === undefined || connection.learner === 0) return;
    this.#change(connection, { toLearner: [...connection.toLearner, message] });
    this.#countSent(connection);
  }

  toLeader(learner: number, message: OnItsWay): void {
    const connection = this.#all.find((each) => each.learner === learner);
    if (connection === undefined || connection.number === 0) return;
    this.#change(connection, { toLeader: [...connection.toLeader, message] });
    this.#countSent(connection);
  }

  /** Takes the first message. Its leader has closed the connection if that was the last one. */
  takeForLeader(index: number): OnItsWay {
    const connection = this.#all[index]!;
    const [message, ...rest] = connection.toLeader;
    if (message === "closed") this.#endLeaderSide(connection);
    else this.#change(connection, { toLeader: rest });
    return message!;
  }

  takeForLearner(index: number): OnItsWay {
    const [message, ...rest] = this.at(index).toLearner;
    this.#change(this.#all[index]!, { toLearner: rest });
    return message!;
  }

  /** Removes messages that a server has sent last. */
  lose(id: number, lost: readonly Sent[]): void {
    for (const { leader, number, count } of lost) {
      const connection = this.#find(leader, number);
      if (connection === undefined) continue;
      const name = leader === id ? "toLearner" : "toLeader";
      this.#change(connection, { [name]: connection[name].slice(0, -count) });
    }
  }

  cut(learner: number): void {
    this.#change(this.#all.find((each) => each.learner === learner)!, { isCut: true });
  }

  loseRest(index: number): void {
    this.#change(this.#all[index]!, { toLeader: ["closed"] });
  }

  disconnect(leader: number, number: number): void {
    const connection = this.#find(leader, number);
    if (connection === undefined) return;
    this.#closeLearnerSide(connection);
    this.#endLeaderSide(connection);
  }

  /** Closes all connections of a server. The other ends learn it after everything that was sent. */
  close(id: number): void {
    for (const connection of [...this.#all]) {
      if (connection.leader === id && connection.number !== 0) {
        this.#closeLearnerSide(connection);
        this.#endLeaderSide(connection);
      }
      if (connection.learner === id) {
        if (connection.number !== 0) this.#change(connection, { toLeader: [...connection.toLeader, "closed"] });
        this.#change(connection, { learner: 0, toLearner: [] });
        this.#forgetEnded();
      }
    }
  }

  #find(leader: number, number: number): Draft | undefined {
    return this.#all.find((each) => each.leader === leader && each.number === number);
  }

  #change(connection: Draft, change: Partial<Connection>): void {
    this.#parts.delete(connection);
    Object.assign(connection, change);
  }

  #countSent({ leader, number }: Connection): void {
    const sent = this.sent.find((each) => each.leader === leader && each.number === number);
    if (sent === undefined) this.sent.push({ leader, number, count: 1 });
    else sent.count++;
  }

  #closeLearnerSide(connection: Draft): void {
    if (connection.learner !== 0) this.#change(connection, { toLearner: [...connection.toLearner, "closed"] });
  }

  #endLeaderSide(connection: Draft): void {
    this.#change(connection, { number: 0, toLeader: [], isCut: false });
    this.#forgetEnded();
  }

  #forgetEnded(): void {
    this.#all = this.#all.filter(({ number, learner }) => number !== 0 || learner !== 0);
  }
}
