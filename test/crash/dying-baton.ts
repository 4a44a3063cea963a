import { homedir } from "node:os";
import { createBaton } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { operations } from "../../src/operations/index.ts";
import { perform } from "../../src/operations/perform.ts";
import { storeIn } from "../rig/store.ts";
import { dying } from "./dying.ts";
import type { Task } from "./tasks.ts";

/** A Baton that dies at a chosen write, its store, and its operations as functions that throw a refusal. */
export function dyingBaton({ state, where, which }: Task, more: Partial<Config> = {}) {
  const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
  const store = storeIn(state, { staleAfter: config.staleAfter });
  const baton = createBaton({ ...config, ...more }, "serve", {
    environment: process.env,
    version: "test",
    self: [],
    store: dying(store, state, where, which),
  });
  async function ask<T = never>(name: keyof typeof operations, given: object): Promise<T> {
    const answer = await perform(operations[name] as (typeof operations)["run.status"], given, baton);
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
    return answer.value as T;
  }
  return { baton, store, ask };
}
