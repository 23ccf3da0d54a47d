/** A process with a Nest application that leads. Measures decorated methods, compared with a bare one. */
import "reflect-metadata";
import { ConclaveModule, ConclaveService, LeaderOnly, Locked } from "@conclave/nestjs";
import { eventually } from "@conclave/testing";
import { Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { childInput, report } from "../processes/child.ts";
import { type CallCosts, type CallCounts, measureCalls } from "./call-cost.ts";

export interface CallInput extends CallCounts {
  readonly connectString: string;
}

const ELECTION = "bench";

class Reports {
  #count = 0;

  async bare(): Promise<number> {
    return ++this.#count;
  }

  async led(): Promise<number> {
    return ++this.#count;
  }

  async locked(): Promise<number> {
    return ++this.#count;
  }
}

class AppModule {}

const input = childInput<CallInput>();
// Does the work of a compiler for decorators, which Node.js does not run.
decorate("led", LeaderOnly(ELECTION));
decorate("locked", Locked("bench"));
Injectable()(Reports);
Module({ imports: [ConclaveModule.forRoot({ servers: input.connectString })], providers: [Reports] })(AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const election = app.get(ConclaveService).election(ELECTION);
await eventually(() => election.current, { what: "leading, as the only candidate," });
const reports = app.get(Reports);
if (typeof (await reports.led()) !== "number") throw new Error("the leader's method did not run");
const subjects = [
  { name: "bare", asks: false, call: () => reports.bare() },
  { name: "@LeaderOnly", asks: false, call: () => reports.led() },
  { name: "@Locked", asks: true, call: () => reports.locked() },
];
await report<CallCosts>(await measureCalls(subjects, input));
await app.close();
process.exit(0);

function decorate(key: "led" | "locked", decorator: MethodDecorator): void {
  const descriptor = Object.getOwnPropertyDescriptor(Reports.prototype, key)!;
  decorator(Reports.prototype, key, descriptor);
  Object.defineProperty(Reports.prototype, key, descriptor);
}
