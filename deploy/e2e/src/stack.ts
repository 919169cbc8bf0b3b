// The system under test: real binaries, started by `stack serve`, with a network
// between venue and centre that can be cut.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Login {
  username: string;
  name: string;
  password: string;
}

export interface Person {
  admission: string;
  id_number: string;
  seat: string;
}

/** A sitting and who is in it. */
export interface Staged {
  sitting: string;
  title: string;
  people: Person[];
}

/** Somebody who can apply: at the platform as user, at a window by the number. */
export interface Citizen {
  user: string;
  name: string;
  id_number: string;
  category: string;
}

export interface Reply extends Staged {
  citizens: Citizen[];
  case: string;
}

/** What `stack serve` says of itself. */
export interface Facts extends Staged {
  console: string;
  edge: string;
  logins: Record<string, Login>;
  camera: string;
  /** Workbooks, each as …-bad.xlsx and …-good.xlsx. */
  questions: string;
  roster: string;
  /** The simulated platform, where citizens sign on. */
  portal: string;
}

export type Command =
  | "cut" | "heal" | "kill edge" | "start edge" | "hold edge" | "let edge" | "kill cloud" | "start cloud" | "short sitting" | "practical sitting" | `portraits:${string}` | `enrol:${string}`
  | `licensing:${string}` | `strict application:${string}` | `walk:${string}:${string}`;

const bin = join(dirname(fileURLToPath(import.meta.url)), "../../../bin/stack");

export class Stack {
  private waiting: ((line: string) => void)[] = [];
  private constructor(
    readonly facts: Facts,
    private readonly dir: string,
    private readonly child: ChildProcess,
    lines: Interface,
  ) {
    lines.on("line", (line) => this.waiting.shift()?.(line));
  }

  static async start(): Promise<Stack> {
    const dir = mkdtempSync(join(tmpdir(), "huyun-e2e-"));
    chmodSync(dir, 0o711); // the database runs as another user and has to pass through
    const child = spawn(bin, ["serve", "-dir", dir], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout! });
    const first = await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`stack serve ended with ${code}; its logs are in ${dir}`)));
    });
    return new Stack(JSON.parse(first) as Facts, dir, child, lines);
  }

  /** do gives a command and waits until it is done; a sitting put on is told of. */
  async do(command: Command): Promise<Partial<Reply>> {
    const line = await new Promise<string>((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin!.write(command + "\n");
    });
    const reply = JSON.parse(line) as Partial<Reply> & { ok: boolean; error?: string };
    if (!reply.ok) throw new Error(`${command}: ${reply.error}`);
    return reply;
  }

  /** stop ends all processes; what they kept is deleted unless KEEP says otherwise. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin!.end();
    await ended;
    if (!process.env.KEEP) rmSync(this.dir, { recursive: true, force: true });
  }

  /** folder is one that goes with the system. */
  folder(name: string): string {
    return join(this.dir, name);
  }

  login(username: string): Login {
    const l = this.facts.logins[username];
    if (!l) throw new Error("no account " + username);
    return l;
  }
}
