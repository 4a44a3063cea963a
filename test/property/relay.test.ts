// A forgetful relay: whatever workers told in a random run stands in the assignment of whoever goes on, or behind the
// call that the assignment names.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Note } from "../../src/model/note.ts";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { assignmentText, READABLE_PARTS } from "../../src/run/assignment/assignment-text.ts";
import { partText } from "../../src/run/assignment/part-text.ts";
import { runs } from "../rig/rules/runs.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const ROLES = ["builder", "reviewer", "writer"] as const;
const QUIET_MS = 1_000;
const LEASE_MS = 60_000;

/** Something that a worker told: its words, and which steps must learn of them. */
interface Told {
  readonly words: string;
  readonly reaches: (stepId: string) => boolean;
}

const deeds = ["progress", "note", "release", "fail", "expire", "take over", "ask", "complete", "complete"] as const;
const turn = fc.record({
  pick: fc.nat(100),
  deed: fc.constantFrom(...deeds),
  address: fc.nat(5),
  length: fc.constantFrom(0, 30, 700),
});
const relays = fc.record({
  steps: fc.array(
    fc.record({ role: fc.constantFrom(...ROLES), from: fc.nat(100), linked: fc.boolean(), checked: fc.boolean() }),
    { minLength: 2, maxLength: 6 },
  ),
  turns: fc.array(turn, { maxLength: 40, size: "max" }),
  size: fc.integer({ min: 1_000, max: 8_000 }),
});

class Relay {
  readonly desk: Desk;
  private readonly roles: readonly string[];
  private readonly before: readonly (number | undefined)[];
  private readonly told: Told[] = [];
  private words = 0;

  constructor(
    steps: readonly { role: string; from: number; linked: boolean; checked: boolean }[],
    private readonly size: number,
  ) {
    this.roles = steps.map(({ role }) => role);
    this.before = steps.map(({ linked, from }, at) => (linked && at > 0 ? from % at : undefined));
    this.desk = new Desk(
      steps.map(({ role, checked }, at) =>
        agentStep(
          `s${at}`,
          { agent: role, leaseSeconds: LEASE_MS / 1_000, ...(checked && { verify: [{ command: "x" }] }) },
          { retry: { retries: 9, delay: 0 } },
        ),
      ),
      this.before.flatMap((from, at) => (from === undefined ? [] : [{ from: `s${from}`, to: `s${at}` }])),
    );
  }

  /** A worker takes the step that `pick` says, reads its assignment, and does what the turn says. */
  play({
    pick,
    deed,
    address,
    length,
  }: {
    pick: number;
    deed: (typeof deeds)[number];
    address: number;
    length: number;
  }) {
    const { desk } = this;
    const open = desk.state.steps.flatMap(({ status }, at) => (["ready", "assigned"].includes(status) ? [at] : []));
    if (desk.state.status !== "running" || open.length === 0) return;
    const at = open[pick % open.length]!;
    const assignment = desk.step(`s${at}`).lease?.token ?? desk.accept({ stepId: `s${at}`, worker: `w${pick}` })[0]!;
    const { token } = desk.step(`s${at}`).lease!;
    this.mustKnow(at);
    const say = (reaches: (step: string) => boolean, most = 3_000) => {
      const words = `<${this.words++}>${"x".repeat(Math.min(length, most))}`;
      this.told.push({ words, reaches });
      return words;
    };
    const own = (step: string) => step === `s${at}`;
    const notes = () => [this.noteOf(at, address, say)];
    switch (deed) {
      case "progress":
        return desk.ask({ action: "progress", assignment: token, task: say(own, 100), notes: notes() });
      case "note":
        return desk.ask({ action: "note", assignment: token, notes: notes() });
      case "release":
        return desk.ask({ action: "release", assignment: token, reason: say(own), notes: notes() });
      case "fail":
        return desk.ask({ action: "fail", assignment: token, reason: say(own), notes: notes() });
      case "expire":
        return desk.pass(LEASE_MS);
      case "take over": {
        // Nobody holds a step whose lease expired, so nothing is taken from anybody.
        if (desk.step(`s${at}`).status !== "assigned") return desk.accept({ stepId: `s${at}` });
        const takeOver = { reason: say(own), quietMs: QUIET_MS, assignment: token };
        return desk.accept({ stepId: `s${at}`, worker: `t${pick}`, takeOver });
      }
      case "ask": {
        const [question, answer] = [say(() => true, 100), say(() => true, 100)];
        desk.ask({ action: "ask", assignment: token, questions: [{ id: "q", question }] });
        if (desk.step(`s${at}`).status === "waiting")
          desk.ask({ action: "answer", stepId: `s${at}`, answers: [answer] });
        else this.told.splice(-2);
        return;
      }
      case "complete": {
        const behind = (step: string) => this.before[Number(step.slice(1))] === at;
        const words = say(behind);
        desk.ask({ action: "complete", assignment, output: words, notes: notes() });
        if (desk.step(`s${at}`).verifying && pick % 3 > 0) return desk.end(`s${at}`);
        if (!desk.step(`s${at}`).verifying) return;
        // Only what counts in the end reaches those behind it. Its own worker learns why it did not.
        this.told.splice(
          this.told.findIndex((one) => one.words === words),
          1,
        );
        const message = say(own);
        return desk.end(`s${at}`, { outcome: "failed", reason: "verification_failed", message });
      }
    }
  }

  /** A note with one of the addresses that notes can have. Those behind the step learn of it whatever it says. */
  private noteOf(at: number, address: number, say: (reaches: (step: string) => boolean) => string): Note {
    const near = (step: string) => step === `s${at}` || this.before[Number(step.slice(1))] === at;
    const role = ROLES[address % ROLES.length]!;
    const step = `s${address % this.roles.length}`;
    switch (address) {
      case 0:
        return { text: say(() => true), for: "all", kind: "decision" };
      case 1:
        return { text: say((id) => near(id) || this.roles[Number(id.slice(1))] === role), for: [role], kind: "trap" };
      case 2:
        return { text: say((id) => near(id) || id === step), for: [step] };
      default:
        return { text: say(near) };
    }
  }

  private mustKnow(at: number): void {
    const { plan, state } = this.desk;
    const told = assignmentOf(plan, state, at);
    const options = { role: undefined, call: (part: string) => `read ${part}`, deliver: "deliver" };
    const { text, leftOut } = assignmentText(told, { ...options, size: this.size });
    const readable = new Set(leftOut.map(({ part }) => part));
    const parts = READABLE_PARTS.map((part) => {
      const whole = readable.has(part) ? partText(part, { told, output: state.steps[at]!.output, options }) : undefined;
      return whole ?? "";
    });
    for (const { words, reaches } of this.told) {
      if (!reaches(`s${at}`)) continue;
      const found = text.includes(words) || parts.some((part) => part.includes(words));
      expect(found, `${words.slice(0, 10)} of s${at} in ${text.slice(0, 300)}`).toBe(true);
    }
  }
}

test("nothing that a worker, the person or a check told is lost for whoever goes on", () => {
  fc.assert(
    fc.property(relays, ({ steps, turns, size }) => {
      const relay = new Relay(steps, size);
      for (const one of turns) relay.play(one);
    }),
    { numRuns: runs(100) },
  );
});
