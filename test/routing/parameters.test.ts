import { expect, test } from "vitest";
import { readParameters } from "../../src/routing/parameters/read.ts";
import { route } from "../../src/routing/route.ts";
import type { Parameter } from "../../src/model/workflow.ts";
import { contextOf, shippedTemplates } from "../rig/goals.ts";

const read = (goal: string, ...parameters: (Partial<Parameter> & { name: string })[]) =>
  readParameters(goal, {
    name: "any",
    parameters: parameters.map((one) => ({ type: "string", required: true, ...one })),
  }).values;

test.each<[string, Partial<Parameter> & { name: string }, unknown]>([
  ["send it to ann@example.org please", { name: "recipient", description: "A mail address" }, "ann@example.org"],
  [
    "crawl https://example.org/a?b=c, all of it",
    { name: "site", description: "URL to begin with" },
    "https://example.org/a?b=c",
  ],
  ["import ./data/in.csv now", { name: "source", description: "Path of the file" }, "./data/in.csv"],
  ["remind me on 2026-03-04", { name: "when", description: "The date" }, "2026-03-04"],
  ["retry with 5 retries", { name: "retries", type: "integer" }, 5],
  ["threshold 85% is fine", { name: "threshold", type: "number", default: 0.5 }, 0.85],
  ["dryRun=true please", { name: "dryRun", type: "boolean" }, true],
  ["without cache", { name: "cache", type: "boolean" }, false],
  ["enable the cache", { name: "cache", type: "boolean" }, true],
  ["--region eu-west-1", { name: "region" }, "eu-west-1"],
  ["region: eu-west-1, quickly", { name: "region" }, "eu-west-1"],
  ["tags: [a, b]", { name: "tags", type: "array" }, ["a", "b"]],
  ["on prod, not on staging", { name: "environment", enum: ["staging", "production"] }, "production"],
  [
    "a careful or an aggressive strategy? careful strategy",
    { name: "strategy", enum: ["careful", "aggressive"] },
    "careful",
  ],
  ["level 2 it is", { name: "level", type: "integer", enum: [1, 2] }, 2],
  ["in a dry run", { name: "mode", enum: ["dry_run", "real"] }, "dry_run"],
  ["ship the api, web and worker services", { name: "services", type: "array" }, ["api", "web", "worker"]],
  ["ticket abc-123 again", { name: "ticket", pattern: "^[A-Z]{3}-[0-9]+$" }, "ABC-123"],
  ["the report for the 3rd quarter of 2025", { name: "quarter", pattern: "^[0-9]{4}-Q[1-4]$" }, "2025-Q3"],
  ['write about "slow food"', { name: "about" }, "slow food"],
  ["why do cats purr", { name: "question" }, "why do cats purr"],
  ["use the release/2 branch", { name: "branch" }, "release/2"],
  ["branch `main`", { name: "branch" }, "main"],
  ["config: {a}", { name: "config", type: "object" }, undefined],
  ['call it "hey!" from now on', { name: "motto", pattern: "^[a-z]+!$" }, "hey!"],
  ['shout "go!" now', { name: "shoutWord", pattern: "^[a-z]+!$" }, "go!"],
  ["2025年第三季度的报告", { name: "quarter", pattern: "^[0-9]{4}-Q[1-4]$" }, "2025-Q3"],
  ["a b c", { name: "config", type: "object" }, undefined],
  ["nothing here", { name: "services", type: "array" }, undefined],
])("%s → %j", (goal, parameter, value) => {
  expect(read(goal, parameter)[parameter.name]).toEqual(value);
});

test.each(["^(a+)+$", "^(a|a)*$", "^((a)+)*!$", "(a)\\1", "a*b*c*d*e*f", "a".repeat(400)])(
  "a pattern that could go on for ages is not tried: %s",
  (pattern) => {
    expect(read(`say ${"a".repeat(180)} and ${"a".repeat(190)}!`, { name: "word", pattern })).toEqual({});
  },
);

test("commands go to the parameters that the words around them name", () => {
  const command = (name: string, required = false) => ({
    name,
    required,
    description: `Shell command that does the ${name}`,
  });
  expect(read("lint with `npx eslint .` and publish using `npm publish`", command("publish"), command("lint"))).toEqual(
    { lint: "npx eslint .", publish: "npm publish" },
  );
  expect(read("take `a | b` then `c d`", command("first", true), command("second", true))).toEqual({
    first: "a | b",
    second: "c d",
  });
});

test("a template that somebody saves tomorrow is met by its name, description and parameters", () => {
  const saved = {
    name: "onboard-customer",
    description: "Creates the workspace of a customer, invites the people and books the kickoff meeting.",
    parameters: [{ name: "customer_id", type: "string" as const, required: true, pattern: "^CU-[0-9]{4}$" }],
    agents: ["concierge"],
  };
  const context = contextOf([...shippedTemplates(), saved]);
  expect(route("run onboard-customer for CU-1234", context)).toMatchObject({
    label: "onboard-customer",
    parameters: { customer_id: "CU-1234" },
    missing: [],
    agents: ["concierge"],
  });
  expect(route("onboard our customer CU-0007", context).label).toBe("onboard-customer");
  expect(route("fix the typo in the customer page", context).label).toBe("build_only");
});
