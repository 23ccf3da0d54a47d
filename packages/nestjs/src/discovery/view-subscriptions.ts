import { textCodec } from "@conclave/client";
import { type Member, NodeCache } from "@conclave/recipes";
import { onAbort } from "@conclave/runtime";
import type { OnApplicationBootstrap, OnModuleDestroy } from "@nestjs/common";
import type { DiscoveryService } from "@nestjs/core";
import type { ConclaveService } from "../connection/conclave-service.js";
import type { Role } from "../decorators/role.js";
import { CoalescedCall } from "./coalesced-call.js";
import { CompleteView } from "./complete-view.js";
import { type BoundMethod, callHandler, findRoles, neverCalled } from "./find-roles.js";
import { membershipChange } from "./membership-change.js";

/** Watches on one connection the groups and znodes that the app's decorators name, from the app's bootstrap on. */
export class ViewSubscriptions implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #discovery: DiscoveryService;
  readonly #conclave: ConclaveService;
  readonly #connection: string | undefined;
  readonly #stop = new AbortController();
  #following: readonly Promise<void>[] = [];

  constructor(discovery: DiscoveryService, conclave: ConclaveService, connection: string | undefined) {
    this.#discovery = discovery;
    this.#conclave = conclave;
    this.#connection = connection;
  }

  onApplicationBootstrap(): void {
    const begins: (() => Promise<void>)[] = [];
    for (const found of findRoles(this.#discovery, this.#connection)) {
      const { role, handler } = found;
      if (role.kind !== "onMembershipChange" && role.kind !== "watchNode") continue;
      if (handler === undefined) this.#conclave.logger.warn(neverCalled(found));
      else begins.push(role.kind === "watchNode" ? this.#watch(role, handler) : this.#followGroup(role, handler));
    }
    this.#following = begins.map((begin) => begin());
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#following);
  }

  /** Throws a `TypeError` for an invalid name: then the start fails. */
  #followGroup({ name }: Role, handler: BoundMethod): () => Promise<void> {
    const { logger } = this.#conclave;
    const group = this.#conclave.group(name);
    return async () => {
      try {
        await using view = await group.follow({ signal: this.#stop.signal });
        let before: readonly Member<unknown>[] | undefined;
        const call = new CoalescedCall(async () => {
          const { members } = view;
          if (members === before || !completeness.isComplete()) return;
          const change = membershipChange(before ?? [], members);
          before = members;
          await callHandler(handler, [change], logger);
        });
        using completeness = new CompleteView(view, name, this.#conclave, () => call.request());
        view.on(() => call.request());
        call.request();
        await this.#untilStopped();
        await call.stop();
      } catch (error) {
        if (!this.#stop.signal.aborted) logger.error(`the group ${name} is no longer watched`, { error });
      }
    };
  }

  #watch({ name: path, codec = textCodec }: Role, handler: BoundMethod): () => Promise<void> {
    const { client, logger } = this.#conclave;
    const cache = new NodeCache<unknown>(client, { path, codec, logger });
    let isReadable = true;
    let seen: bigint | undefined | "none yet" = "none yet";
    const call = new CoalescedCall(async () => {
      const node = cache.current;
      if (!isReadable || node?.stat.mzxid === seen) return;
      seen = node?.stat.mzxid;
      await callHandler(handler, [node], logger);
    });
    cache.on((event) => {
      // No call for unreadable data: the next one comes when the znode can be read again, or is deleted.
      if (event.type !== "synced") isReadable = event.type !== "invalid";
      if (event.type === "invalid") logger.error(`cannot read ${path}`, { error: event.error });
      call.request();
    });
    return async () => {
      await this.#untilStopped();
      await cache.close();
      await call.stop();
    };
  }

  #untilStopped(): Promise<void> {
    return new Promise((resolve) => void onAbort(this.#stop.signal, resolve));
  }
}
