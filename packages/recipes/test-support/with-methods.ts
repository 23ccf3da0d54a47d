import type { OperationOptions, ZooKeeper } from "@conclave/client";

/** Returns the client with some of its methods replaced, as to delay a request or to change the reply of a server that lags. */
export function withMethods(zk: ZooKeeper, methods: Partial<ZooKeeper>): ZooKeeper {
  return new Proxy(zk, {
    get: (_, name, changed) => {
      // Recipes use only this part of a client.
      if (name === "readWrite") return changed;
      const value: unknown = Reflect.get(name in methods ? methods : zk, name, name in methods ? methods : zk);
      return typeof value === "function" ? value.bind(zk) : value;
    },
  });
}

/** Returns the client with a function that is called right after it has sent a transaction. */
export function withTransactions(zk: ZooKeeper, sent: () => void): ZooKeeper {
  return withMethods(zk, {
    transaction: () => {
      const transaction = zk.transaction();
      const commit = transaction.commit.bind(transaction);
      return Object.assign(transaction, {
        commit: (options?: OperationOptions) => {
          const result = commit(options);
          sent();
          return result;
        },
      });
    },
  });
}
