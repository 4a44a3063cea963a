import { expect, test } from "vitest";
import type { Parameter } from "../../src/model/workflow.ts";
import { readParameters } from "../../src/routing/parameters/read.ts";
import { route } from "../../src/routing/route.ts";
import { contextOf, shippedTemplates } from "../rig/goals.ts";

const read = (goal: string, ...parameters: (Partial<Parameter> & { name: string })[]) =>
  readParameters(goal, {
    name: "any",
    parameters: parameters.map((one) => ({ type: "string", required: true, ...one })),
  }).values;

test.each<[string, Partial<Parameter> & { name: string }, unknown]>([
  [
    "crawl https://example.org/a?b=c, all of it",
    { name: "site", description: "URL to begin with" },
    "https://example.org/a?b=c",
  ],
  ["import ./data/in.csv now", { name: "source", description: "Path of the file" }, "./data/in.csv"],
  ["retry with 5 retries", { name: "retries", type: "integer" }, 5],
  ["threshold 85% is fine", { name: "threshold", type: "number", default: 0.5 }, 0.85],
  ["threshold 85% is fine", { name: "threshold", type: "number" }, undefined],
  ["dryRun=true please", { name: "dryRun", type: "boolean" }, true],
  ["dryRun: off", { name: "dryRun", type: "boolean" }, false],
  ["dryRun: perhaps", { name: "dryRun", type: "boolean" }, undefined],
  ["--no-cache and go", { name: "cache", type: "boolean" }, false],
  ["--cache and go", { name: "cache", type: "boolean" }, true],
  ["--region eu-west-1", { name: "region" }, "eu-west-1"],
  ["region: eu-west-1, quickly", { name: "region" }, "eu-west-1"],
  ["region: eu-west-1 or so", { name: "region" }, undefined],
  ["tags: [a, b]", { name: "tags", type: "array" }, ["a", "b"]],
  ["tags: a, b and c.", { name: "tags", type: "array" }, ["a", "b", "c"]],
  ["tags: []", { name: "tags", type: "array" }, undefined],
  ["deploy to production", { name: "environment", enum: ["staging", "production"] }, "production"],
  ["to production, not to staging", { name: "environment", enum: ["staging", "production"] }, undefined],
  ["staging or production", { name: "environment", enum: ["staging", "production"] }, undefined],
  ["environment=Production", { name: "environment", enum: ["staging", "production"] }, "production"],
  ["in a dry run", { name: "mode", enum: ["dry_run", "real"] }, "dry_run"],
  ["with unit and smoke", { name: "suites", type: "array", enum: ["unit", "smoke", "load"] }, ["unit", "smoke"]],
  ["level 2 it is", { name: "level", type: "integer", enum: [1, 2] }, undefined],
  ["ticket ABC-123 again", { name: "ticket", pattern: "^[A-Z]{3}-[0-9]+$" }, "ABC-123"],
  ["tickets ABC-123 and DEF-4", { name: "ticket", pattern: "^[A-Z]{3}-[0-9]+$" }, undefined],
  ['write about "slow food"', { name: "about" }, "slow food"],
  ['"one" or "two"', { name: "about" }, undefined],
  ["branch `main`", { name: "branch" }, "main"],
  ["config: {a}", { name: "config", type: "object" }, undefined],
  ['shout "go!" now', { name: "shoutWord", pattern: "^[a-z]+!$" }, "go!"],
  ["lint with `npx eslint .`", { name: "lint", description: "Shell command that lints" }, "npx eslint ."],
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

test("two values for one parameter, and one value for two, take nothing", () => {
  const url = { name: "from", description: "URL to read" };
  expect(read("copy https://a.example to https://b.example", url)).toEqual({});
  expect(read("copy https://a.example", url, { name: "to", description: "URL to write" })).toEqual({});
  expect(read("region=eu region=us", { name: "region" })).toEqual({});
  expect(read("region=eu region=eu", { name: "region" })).toEqual({ region: "eu" });
});

test("each command goes to the parameter that is named beside it", () => {
  const command = (name: string) => ({ name, required: false, description: `Shell command that does the ${name}` });
  expect(read("lint with `npx eslint .` and publish using `npm publish`", command("publish"), command("lint"))).toEqual(
    { lint: "npx eslint .", publish: "npm publish" },
  );
});

test("a saved template is met by its name, description and parameters", () => {
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
