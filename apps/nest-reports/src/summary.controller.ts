import { Controller, Get, HttpCode, Post } from "@nestjs/common";
import { SummaryService } from "./summary.service.js";
import type { Summary } from "./summary-store.js";

/** `POST` makes a summary, and answers 423 while another instance is at it; `GET` shows the last. */
@Controller("summary")
export class SummaryController {
  constructor(private readonly summary: SummaryService) {}

  @Post()
  @HttpCode(200)
  async make() {
    return toJson(await this.summary.make());
  }

  @Get()
  read() {
    return toJson(this.summary.read());
  }
}

function toJson({ token, ...summary }: Summary) {
  return { ...summary, token: token.toString() };
}
