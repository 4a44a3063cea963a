// Reads one journal after another that was damaged, in one process: as a server does when it is asked for the status. Each line of its input is a
// file with what is to stand in the journal, or how it is to be damaged; each line that it writes tells what became of one try, once it has.
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createBaton } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { START } from "../../src/model/contracts/store.ts";
import { operations } from "../../src/operations/index.ts";
import { perform } from "../../src/operations/perform.ts";
import { damagesByHand, fieldsChanged, flipped } from "./damages.ts";

const [state, id, how, until] = process.argv.slice(2) as [string, string, "cut" | "flip" | "hand", string];
const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
const { engine, ...app } = createBaton(config, "command", { environment: process.env, self: [], version: "attack" });
const { store } = engine.options;
const path = join(state, "runs", id, "journal.jsonl");
const whole = readFileSync(path);
const FLIPS = 3000;
const DAMAGED = "damaged, and said so";
/** Where each line ends. */
const ends = [...whole.keys()].filter((at) => whole[at] === 10).map((at) => at + 1);

/** What whoever asks for the run is told, and whether a journal that was cut at this byte may be told of so. */
async function look(cutAt?: number): Promise<{ kind: string; fault?: string }> {
  engine.journalCache.forget(id);
  const answer = await perform(operations["run.status"], { workflowId: id }, { engine, ...app });
  if (!answer.ok) return { kind: answer.error.reason === "damaged" ? DAMAGED : answer.error.reason };
  JSON.stringify(answer.value);
  const problem = engine.observe(id)?.problem?.kind;
  const kind = problem === "corrupt" ? DAMAGED : (problem ?? "readable");
  if (cutAt === undefined) return { kind };
  const lines = ends.filter((end) => end <= cutAt);
  if (lines.length === 0) return kind === DAMAGED ? { kind } : { kind, fault: "shown without its first line" };
  if (kind !== "readable") return { kind, fault: "a torn end is taken for more than that" };
  const read = store.read(id, START)!.events.map((event) => `${JSON.stringify(event)}\n`);
  if (read.join("") !== whole.subarray(0, lines.at(-1)).toString())
    return { kind, fault: `${read.length} events of ${lines.length} whole lines` };
  return { kind: "read up to the last whole line" };
}

async function tryOut(name: string, bytes: Uint8Array, cutAt?: number): Promise<void> {
  writeFileSync(path, bytes);
  let told: object;
  try {
    told = await look(cutAt);
  } catch (error) {
    told = { kind: "thrown", fault: (error as Error).stack?.slice(0, 400) ?? String(error) };
  }
  writeSync(1, `${JSON.stringify({ name, ...told })}\n`);
}

async function tryAll(): Promise<void> {
  if (how === "hand") {
    for (const [name, damage] of damagesByHand) await tryOut(name, damage(whole));
    for (const [name, damaged] of fieldsChanged(whole)) await tryOut(name, damaged);
  }
  // Spread over all of it, so that a short form of this is a sample of the long one.
  const count = how === "cut" ? whole.length + 1 : how === "flip" ? FLIPS : 0;
  for (let n = 0; n < count && Date.now() < Number(until); n++) {
    const at = spread(n, count);
    if (how === "cut") await tryOut(`byte ${at}`, whole.subarray(0, at), at);
    else await tryOut(`flip ${n}`, flipped(whole, n));
  }
}

/** Each of `count` numbers once, far from the one before: the stride is a prime that no journal's length is a multiple of here. */
function spread(n: number, count: number): number {
  const stride = count % 7919 === 0 ? 7927 : 7919;
  return (n * stride) % count;
}

void tryAll();
