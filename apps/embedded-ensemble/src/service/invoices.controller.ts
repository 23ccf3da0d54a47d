import { BadRequestException, Body, Controller, Get, Post, ServiceUnavailableException } from "@nestjs/common";
import { InvoiceStore } from "../store/invoice-store.js";
import { ReplicasService } from "./replicas.service.js";

const SHOWN_RUNS = 8;
const MOST_CENTS = 1_000_000_00;
const LONGEST_NAME = 100;

/** Takes orders, and shows replicas and invoice runs; the same on every replica. */
@Controller()
export class InvoicesController {
  constructor(
    private readonly store: InvoiceStore,
    private readonly replicas: ReplicasService,
  ) {}

  /** Needs no quorum: an order is a row in the store, and the next invoice run closes it. */
  @Post("orders")
  order(@Body() body: unknown) {
    const { customer, cents } = (body ?? {}) as { readonly customer?: unknown; readonly cents?: unknown };
    const isName = typeof customer === "string" && customer !== "" && customer.length <= LONGEST_NAME;
    // A form of another site cannot send a number: it has only text.
    const isAmount = Number.isInteger(cents) && (cents as number) > 0 && (cents as number) <= MOST_CENTS;
    if (isName && isAmount) return { id: this.store.addOrder({ customer, cents: cents as number, at: Date.now() }) };
    throw new BadRequestException('an order is JSON such as {"customer": "Ada", "cents": 1250}');
  }

  @Get("runs")
  runs() {
    const runs = this.store.lastRuns(SHOWN_RUNS).map((run) => ({ ...run, token: run.token.toString() }));
    return { openOrders: this.store.openOrders(), runs };
  }

  @Get("replicas")
  async view() {
    try {
      return await this.replicas.view();
    } catch (cause) {
      throw new ServiceUnavailableException(`the ensemble cannot be read: ${(cause as Error).message}`, { cause });
    }
  }
}
