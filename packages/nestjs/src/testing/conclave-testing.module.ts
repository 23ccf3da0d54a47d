import { type DynamicModule, Module } from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import type { ConclaveConnection, ConclaveModuleExtras, ConclaveOptions } from "../connection/conclave-options.js";
import type { ConclaveService } from "../connection/conclave-service.js";
import { getConclaveToken } from "../connection/injection.js";
import { ConclaveModule } from "../module/conclave.module.js";
import { TestEnsemble } from "./test-ensemble.js";
import type { TestKit } from "./test-kit.js";

/** Options of `ConclaveTestingModule.forRoot`. */
export type ConclaveTestingOptions = Omit<ConclaveOptions, keyof ConclaveConnection | "connect" | "connectTimeoutMs"> &
  ConclaveModuleExtras & {
    /** `import * as kit from "@conclave/testing"`. */
    readonly kit: TestKit;
    /**
     * Connect string of a running ensemble: the one of another app under test, or an Apache ZooKeeper.
     * @default a new server in this process
     */
    readonly servers?: string | undefined;
    /**
     * Session timeout, in milliseconds. A new server grants 200 to 60,000. The default is long, so that a busy machine does not
     * end a session; {@link TestEnsemble} ends sessions without waiting.
     * @default 40_000
     */
    readonly sessionTimeoutMs?: number | undefined;
  };

/** Returns the token of a connection's {@link TestEnsemble}; without a name, of the default connection. */
export function getTestEnsembleToken(name?: string): string | typeof TestEnsemble {
  return name === undefined ? TestEnsemble : `Conclave:test ensemble:${name}`;
}

/**
 * Replaces `ConclaveModule` in a test: the app works on an ensemble of its own, with faults on command through the
 * {@link TestEnsemble}: suspend, expire, split. It starts and stops with the app.
 */
@Module({})
export class ConclaveTestingModule {
  static forRoot({ kit, servers, sessionTimeoutMs = 40_000, ...options }: ConclaveTestingOptions): DynamicModule {
    const { name, global = true, ...rest } = options;
    const token = getTestEnsembleToken(name);
    const ensemble: DynamicModule = {
      module: ConclaveTestingModule,
      global,
      providers: [
        {
          provide: token,
          useFactory: (modules: ModuleRef) =>
            TestEnsemble.start(kit, servers, () =>
              modules.get<ConclaveService>(getConclaveToken(name) as string, { strict: false }),
            ),
          inject: [ModuleRef],
        },
      ],
      exports: [token],
    };
    return ConclaveModule.forRootAsync({
      ...(name !== undefined && { name }),
      global,
      imports: [ensemble],
      inject: [token],
      useFactory: ({ connectString, clock }: TestEnsemble) => ({
        ...rest,
        servers: connectString,
        connect: { sessionTimeoutMs, clock, backoff: { initialMs: 10, maxMs: 50 } },
      }),
    });
  }
}
