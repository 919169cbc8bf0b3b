// What survives a power cut on this machine: the session, counters and answers,
// in IndexedDB with strict durability. Questions are not kept here.
import type { Entry } from "../answer/book";

const NAME = "huyun-terminal";
/** Answers of so many attempts stay, for a venue whose own disk dies. */
const KEPT_ATTEMPTS = 3;

export class Disk {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(factory: IDBFactory = indexedDB): Promise<Disk> {
    const opening = factory.open(NAME, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("kv");
      opening.result.createObjectStore("answer", { keyPath: ["attempt", "item"] });
    };
    return new Disk(await result(opening));
  }

  get<T>(key: string): Promise<T | undefined> {
    return result(this.db.transaction("kv").objectStore("kv").get(key)) as Promise<T | undefined>;
  }

  set(key: string, value: unknown): Promise<void> {
    return this.write("kv", (s) => s.put(value, key));
  }

  remove(key: string): Promise<void> {
    return this.write("kv", (s) => s.delete(key));
  }

  async answers(attempt: string): Promise<Entry[]> {
    const store = this.db.transaction("answer").objectStore("answer");
    const rows = (await result(store.getAll(range(attempt)))) as { attempt: string; entry: Entry }[];
    return rows.map((r) => r.entry);
  }

  /** Durable when it resolves. */
  put(attempt: string, entries: Entry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    return this.write("answer", (s) => {
      for (const e of entries) s.put({ attempt, item: e.item, entry: plain(e) });
    });
  }

  /** Notes that an attempt goes on here, and drops the answers of old ones. */
  async claim(attempt: string): Promise<void> {
    const known = (await this.get<string[]>("attempts")) ?? [];
    const next = [...known.filter((a) => a !== attempt), attempt];
    for (const old of next.splice(0, Math.max(0, next.length - KEPT_ATTEMPTS))) {
      await this.write("answer", (s) => s.delete(range(old)));
    }
    await this.set("attempts", next);
  }

  private write(store: string, work: (s: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const tx = this.db.transaction(store, "readwrite", { durability: "strict" });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error ?? new Error("not stored"));
      work(tx.objectStore(store));
    });
  }
}

function range(attempt: string): IDBKeyRange {
  return IDBKeyRange.bound([attempt], [attempt, []]);
}

/** A copy without Vue's proxies, which cannot be stored. */
function plain(e: Entry): Entry {
  return JSON.parse(JSON.stringify(e)) as Entry;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("not read"));
  });
}
