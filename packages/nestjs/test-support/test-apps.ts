import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { Type } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { ConclaveModule, ConclaveService } from "../src/index.js";

/** Apps of a suite, with a chroot of its own for each test, and a client that observes it. */
export class TestApps {
  readonly #ensemble: { connectString(): string; readonly root: string };
  readonly #apps: TestingModule[] = [];
  #servers = "";
  #tests = 0;
  #observer: ZooKeeper | undefined;

  constructor(ensemble: { connectString(): string; readonly root: string }) {
    this.#ensemble = ensemble;
  }

  /** Creates the parent of all chroots; once, before the tests. */
  async createRoot(): Promise<void> {
    await using zk = await connect(this.#ensemble.connectString());
    await zk.create(this.#ensemble.root);
  }

  /** Creates a chroot and connects the observer; before each test. */
  async open(): Promise<void> {
    const servers = this.#ensemble.connectString();
    await using zk = await connect(servers);
    this.#servers = `${servers}${await zk.create(`${this.#ensemble.root}/${this.#tests++}`)}`;
    this.#observer = await connect(this.#servers);
  }

  /** Closes the apps and the observer; after each test. */
  async close(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.close()));
    await this.#observer?.close();
  }

  /** Returns a client without an app. */
  get observer(): ZooKeeper {
    if (this.#observer === undefined) throw new Error("observer was used before open()");
    return this.#observer;
  }

  /** Starts an app with one provider, and returns both. */
  async start<T extends object>(type: Type<T>): Promise<[T, TestingModule]> {
    const nothing = (): void => {};
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const app = await Test.createTestingModule({
      imports: [ConclaveModule.forRoot({ servers: this.#servers, logger })],
      providers: [type],
    }).compile();
    app.useLogger(false);
    this.#apps.push(await app.init());
    return [app.get(type), app];
  }

  /** Resolves once the app leads the election `job`. */
  async leads(app: TestingModule): Promise<void> {
    await eventually(() => app.get(ConclaveService).election("job").current);
  }

  /** Returns the number of holders and waiters of the mutex. */
  async contenders(name: string): Promise<number> {
    await this.observer.sync("/");
    return (await new Mutex(this.observer, { name }).contenders()).length;
  }
}
