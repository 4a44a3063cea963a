import { describe, expect, it } from "vitest";
import { drawText, mermaid } from "../../src/workflow/draw/drawing.ts";
import { planOf } from "./command.ts";

const release = planOf(
  {
    checkout: {},
    lint: {},
    test: { outputKey: "report" },
    cover: { command: "show {{ report }}" },
    build: { name: 'Build "all"' },
    pack: {},
    publish: {},
    alarm: { condition: "on_failure(publish, pack)", optional: true },
    constructor: { condition: "steps.checkout.exitCode == 0" },
  },
  [
    "checkout → lint",
    "checkout → test",
    "checkout → build",
    "lint → pack",
    { from: "test", to: "pack", condition: "always" },
    "build → pack",
    { from: "pack", to: "publish", condition: "success" },
  ],
);

const text = (result: ReturnType<typeof mermaid>) => (result.ok ? result.value : result.error.message);

describe("drawText", () => {
  it("drawText draws a tree with each step once", () => {
    expect(text(drawText(release))).toBe(`test: 9 steps, 5 levels

checkout
├─ lint
├─ test
│  ↓ cover  · reads its result
├─ build (Build "all")
│  ↓ pack  · also after lint, test (however it ends)
│  ↓ publish  · on success
│  ↓ alarm  · on failure · also after pack (on failure) · optional
└─ constructor  · reads its result
`);
  });

  it("drawText stays narrow for a deep plan and names only some of many predecessors", () => {
    const comb: Record<string, object> = { s0: {} };
    const edges: string[] = [];
    for (let i = 1; i < 30; i++) {
      comb[`s${i}`] = {};
      comb[`leaf${i}`] = {};
      edges.push(`s${i - 1} → leaf${i}`, `s${i - 1} → s${i}`);
    }
    const lines = text(drawText(planOf(comb, edges))).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines).toHaveLength(62);
    const fan = Object.fromEntries(["end", ..."abcdefghi"].map((id) => [id, {}]));
    const joined = planOf(
      fan,
      [..."abcdefghi"].map((id) => `${id} → end`),
    );
    expect(text(drawText(joined))).toContain("↓ end  · also after a, b, c, d, e, f, 2 more\n");
  });
});

describe("mermaid", () => {
  it("mermaid draws dotted arrows for edges from conditions and data", () => {
    expect(text(mermaid(release))).toBe(`flowchart TD
  s0["checkout"]
  s1["lint"]
  s2["test"]
  s3["cover"]
  s4["build (Build #34;all#34;)"]
  s5["pack"]
  s6["publish"]
  s7["alarm"]
  s8["constructor"]
  s0 --> s1
  s0 --> s2
  s0 --> s4
  s1 --> s5
  s2 -->|always| s5
  s4 --> s5
  s5 -->|success| s6
  s2 -.->|data| s3
  s6 -.->|failure| s7
  s5 -.->|failure| s7
  s0 -.->|data| s8
`);
  });
});

it("mermaid and drawText refuse a plan that is too_large to draw", () => {
  const plan = { ...release, size: 20_001 };
  const error = { reason: "too_large", message: "20,001 steps are too many to draw; the limit is 20,000" };
  expect(mermaid(plan)).toEqual({ ok: false, error });
  expect(drawText(plan)).toEqual({ ok: false, error });
});
