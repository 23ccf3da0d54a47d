import { type DynamicModule, Module } from "@nestjs/common";
import { ModuleRef } from "@nestjs/core";
import type { ConclaveConnection, ConclaveModuleExtras, ConclaveOptions } from "../connection/conclave-options.js";
import type { ConclaveService } from "../connection/conclave-service.js";
import { getConclaveToken } from "../connection/injection.js";
import { ConclaveModule } from "../module/conclave.module.js";
import { TestEnsemble } from "./test-ensemble.js";
import type { TestKit } from "./test-kit.js";

/** How an app is connected in a test. */
export type ConclaveTestingOptions = Omit<ConclaveOptions, keyof ConclaveConnection | "connect" | "connectTimeoutMs"> &
  ConclaveModuleExtras & {
    /** `import * as kit from "@conclave/testing"`. */
    readonly kit: TestKit;
    /**
     * An ensemble that is there: that of another app of the test, or an Apache ZooKeeper.
     * @default a server of its own, in this process
     */
    readonly servers?: string | undefined;
    /**
     * How long the ensemble keeps a session without hearing of it, in milliseconds. A server of its own grants 200 to 2,000.
     * @default 2_000
     */
    readonly sessionTimeoutMs?: number | undefined;
  };

/** The token of a connection's {@link TestEnsemble}; without a name that of the default connection. */
export function getTestEnsembleToken(name?: string): string | typeof TestEnsemble {
  return name === undefined ? TestEnsemble : `Conclave:test ensemble:${name}`;
}

/**
 * Stands in a test for `ConclaveModule`: the app works on an ensemble of its own, which suspends, expires and splits on
 * command, by the {@link TestEnsemble}. It is started with the app and ended with it.
 */
@Module({})
export class ConclaveTestingModule {
  static forRoot({ kit, servers, sessionTimeoutMs = 2_000, ...options }: ConclaveTestingOptions): DynamicModule {
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
      useFactory: ({ connectString }: TestEnsemble) => ({
        ...rest,
        servers: connectString,
        connect: { sessionTimeoutMs, backoff: { initialMs: 10, maxMs: 50 } },
      }),
    });
  }
}
