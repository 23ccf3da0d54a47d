import { ConclaveService, currentGrant, Locked } from "@conclave/nestjs";
import { Injectable } from "@nestjs/common";

@Injectable()
export class ReportsService {
  readonly #conclave: ConclaveService;

  constructor(conclave: ConclaveService) {
    this.#conclave = conclave;
  }

  @Locked("nightly")
  async nightly(): Promise<string> {
    return typeof currentGrant().fencingToken;
  }

  get state(): string {
    return this.#conclave.client.state;
  }
}
