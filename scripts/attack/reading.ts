// Damages a run's journal again and again, and reads it after each damage in one process, as a server does for a status
// request. Prints one line of JSON with the result of each try.
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createBaton } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { operations } from "../../src/operations/index.ts";
import { perform } from "../../src/operations/perform.ts";
import { damagesByHand, fieldsChanged, flipped } from "./damages.ts";

const [state, id, how, until] = process.argv.slice(2) as [string, string, "cut" | "flip" | "hand", string];
const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
const path = join(state, "runs", id, "journal.jsonl");
const whole = readFileSync(path);
const FLIP_COUNT = 3000;
const DAMAGED = "reported as damaged";
/** Where each line ends. */
const ends = [...whole.keys()].filter((at) => whole[at] === 10).map((at) => at + 1);

/** The status that a caller gets, and a fault if it is wrong for a journal that is cut at this byte. */
async function look(cutAt?: number): Promise<{ kind: string; fault?: string }> {
  // A new Baton for each look: one that has read the journal reads on from there.
  const baton = createBaton(config, "command", { environment: process.env, self: [], version: "attack" });
  const answer = await perform(operations["run.status"], { workflowId: id }, baton);
  if (!answer.ok) return { kind: answer.error.reason === "damaged" ? DAMAGED : answer.error.reason };
  JSON.stringify(answer.value);
  const problem = (await baton.engine.observe(id))?.problem?.kind;
  const kind = problem === "corrupt" ? DAMAGED : (problem ?? "readable");
  if (cutAt === undefined) return { kind };
  const lines = ends.filter((end) => end <= cutAt);
  if (lines.length === 0) return kind === DAMAGED ? { kind } : { kind, fault: "shown without its first line" };
  if (kind !== "readable") return { kind, fault: "a torn last line is reported as damage" };
  const read = (await baton.engine.events(id)).map((event) => `${JSON.stringify(event)}\n`);
  if (read.join("") !== whole.subarray(0, lines.at(-1)).toString())
    return { kind, fault: `${read.length} events of ${lines.length} complete lines` };
  return { kind: "read up to the last complete line" };
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
  // The tries are spread over the whole journal, so that a short attack is a sample of the long one.
  const count = how === "cut" ? whole.length + 1 : how === "flip" ? FLIP_COUNT : 0;
  for (let n = 0; n < count && Date.now() < Number(until); n++) {
    const at = spread(n, count);
    if (how === "cut") await tryOut(`byte ${at}`, whole.subarray(0, at), at);
    else await tryOut(`flip ${n}`, flipped(whole, n));
  }
}

/**
 * Gives each of `count` numbers once, far from the previous one. The stride is a prime that does not divide `count`.
 */
function spread(n: number, count: number): number {
  const stride = count % 7919 === 0 ? 7927 : 7919;
  return (n * stride) % count;
}

void tryAll();
