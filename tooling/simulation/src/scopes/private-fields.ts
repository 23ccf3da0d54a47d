import { Session } from "node:inspector";
import { setFlagsFromString } from "node:v8";

const GROUP = "scopes";

export interface PrivateFieldsOptions {
  /** Returns true for an object whose text is kept, because it never changes. */
  readonly isImmutable: (value: object) => boolean;
  /** Returns true for a field of a part of the whole object that says nothing about the future. */
  readonly isDead: (value: object, name: string, whole: object) => boolean;
}

interface Properties {
  /** Fields have neither getter nor setter. */
  readonly privateProperties?: readonly { readonly name: string; readonly get?: unknown; readonly set?: unknown }[];
}

/** Reads objects with their private fields, as a debugger does, so that two machines can be compared. */
export class PrivateFields {
  readonly #session = new Session();
  readonly #names = new Map<unknown, readonly string[]>();
  readonly #read = privateReader();
  readonly #options: PrivateFieldsOptions;
  readonly #known = new WeakMap<object, string>();

  constructor(options: PrivateFieldsOptions) {
    this.#options = options;
    this.#session.connect();
  }

  /** Returns a text that is the same for objects with the same fields, private ones and those of their parts included. */
  of(whole: object): string {
    return this.#textOf(whole, whole);
  }

  close(): void {
    this.#session.disconnect();
  }

  #textOf(value: unknown, whole: object): string {
    if (typeof value === "function") return "";
    if (typeof value !== "object" || value === null) return typeof value === "string" ? `"${value}"` : String(value);
    if (!this.#options.isImmutable(value)) return this.#textOfObject(value, whole);
    let text = this.#known.get(value);
    if (text === undefined) {
      text = this.#textOfObject(value, whole);
      this.#known.set(value, text);
    }
    return text;
  }

  #textOfObject(value: object, whole: object): string {
    if (Array.isArray(value)) return `[${value.map((each) => this.#textOf(each, whole)).join()}]`;
    // The order of entries decides nothing but the order of messages of different connections.
    if (value instanceof Set)
      return `{${[...value]
        .map((each) => this.#textOf(each, whole))
        .sort()
        .join()}}`;
    const entries = value instanceof Map ? [...value].sort(([a], [b]) => (a < b ? -1 : 1)) : Object.entries(value);
    const parts = entries.flatMap(([name, each]) => this.#field(value, name, each, whole));
    for (const name of this.#namesOf(value)) parts.push(...this.#field(value, name, this.#read(value, name), whole));
    return `{${parts.join()}}`;
  }

  #field(value: object, name: string, content: unknown, whole: object): readonly string[] {
    return this.#options.isDead(value, name, whole) ? [] : [`${name}:${this.#textOf(content, whole)}`];
  }

  /** Returns the names of the private fields of a class, which the inspector knows. */
  #namesOf(value: object): readonly string[] {
    let names = this.#names.get(value.constructor);
    if (names === undefined) {
      names = value.constructor === Object || value instanceof Map ? [] : this.#ask(value);
      this.#names.set(value.constructor, names);
    }
    return names;
  }

  /** The inspector answers within the call. */
  #ask(value: object): string[] {
    const holder = globalThis as { conclaveScope?: object | undefined };
    holder.conclaveScope = value;
    let names: string[] | undefined;
    this.#session.post(
      "Runtime.evaluate",
      { expression: "globalThis.conclaveScope", objectGroup: GROUP },
      (_, found) => {
        const objectId = found?.result.objectId;
        if (objectId === undefined) return;
        this.#session.post("Runtime.getProperties", { objectId, ownProperties: true }, (_error, properties) => {
          const all = (properties as Properties | undefined)?.privateProperties ?? [];
          names = all.filter(({ get, set }) => get === undefined && set === undefined).map(({ name }) => name);
        });
      },
    );
    this.#session.post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    holder.conclaveScope = undefined;
    if (names === undefined) throw new Error("the inspector gives no answer");
    return names;
  }
}

/** Returns a function of V8 that reads a private field by its name. It is a hundred times faster than the inspector. */
function privateReader(): (value: object, name: string) => unknown {
  setFlagsFromString("--allow-natives-syntax");
  try {
    return new Function("value", "name", "return %GetPrivateMember(value, name)") as ReturnType<typeof privateReader>;
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}
