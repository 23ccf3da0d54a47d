import "reflect-metadata";
import { ConclaveModule, currentGrant, LeaderOnly, OnElected } from "@conclave/nestjs";
import { startEnsemble } from "@conclave/server";
import { Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

const ensemble = await startEnsemble();
let elected!: () => void;
const isElected = new Promise<void>((resolve) => {
  elected = resolve;
});

@Injectable()
class Reports {
  @OnElected("reports")
  begin(): void {
    elected();
  }

  @LeaderOnly("reports")
  async nightly(): Promise<bigint> {
    return currentGrant().fencingToken;
  }
}

@Module({ imports: [ConclaveModule.forRoot({ servers: ensemble.connectString })], providers: [Reports] })
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ["error"] });
await isElected;
const token: unknown = await app.get(Reports).nightly();
await app.close();
await ensemble.close();
console.log(`ran as the leader, with a ${typeof token}`);
