import { Session } from "node:inspector";

/** Fields that say nothing about the future: parameters, and the effects of the last event. */
const LEFT_OUT = new Set(["#options", "#output", "#effects", "#synchronizer"]);
const GROUP = "scopes";

interface RemoteValue {
  readonly type: string;
  readonly subtype?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly objectId?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteValue;
}

interface Properties {
  readonly result: readonly (Property & { readonly enumerable: boolean })[];
  readonly privateProperties?: readonly Property[];
  readonly internalProperties?: readonly Property[];
}

/**
 * Reads objects with their private fields, as a debugger does, so that two machines can be compared. Takes about a millisecond for
 * a machine.
 */
export class PrivateFields {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
  }

  /** Returns a text that is the same for objects with the same fields, private ones and those of their parts included. */
  of(value: object): string {
    const holder = globalThis as { conclaveScope?: object | undefined };
    holder.conclaveScope = value;
    const { result } = this.#ask<{ result: RemoteValue }>("Runtime.evaluate", {
      ...{ expression: "globalThis.conclaveScope", objectGroup: GROUP },
    });
    const text = this.#textOf(result);
    this.#ask("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    holder.conclaveScope = undefined;
    return text;
  }

  close(): void {
    this.#session.disconnect();
  }

  #textOf({ type, value, unserializableValue, objectId }: RemoteValue): string {
    if (type === "function") return "";
    if (objectId === undefined) return unserializableValue ?? JSON.stringify(value) ?? type;
    const {
      result,
      privateProperties = [],
      internalProperties = [],
    } = this.#ask<Properties>("Runtime.getProperties", {
      ...{ objectId, ownProperties: true },
    });
    const entries = internalProperties.filter(({ name }) => name === "[[Entries]]");
    const fields = [...result.filter(({ enumerable }) => enumerable), ...privateProperties, ...entries];
    const texts = fields.flatMap(({ name, value: field }) =>
      field === undefined || LEFT_OUT.has(name) ? [] : [`${name}:${this.#textOf(field)}`],
    );
    return `{${texts.join()}}`;
  }

  /** The inspector answers within the call. */
  #ask<T>(method: string, parameters: object): T {
    let answer: T | undefined;
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`the inspector refuses ${method}: ${error.message}`);
      answer = result as T;
    });
    if (answer === undefined) throw new Error(`the inspector gives no answer to ${method}`);
    return answer;
  }
}
