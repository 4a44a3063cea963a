import { beforeEach, describe, expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/index.ts";
import type { Catalog } from "../../src/model/contracts/catalog.ts";
import { scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";

let shop: Catalog;
beforeEach(() => {
  shop = createCatalog({ roots: [], project: plant(scratch(), SHOP), version: "test", now: Date.now });
});

const SHOP = {
  "agents/code-reviewer.md": capability(
    "code-reviewer",
    "Looks at changes for mistakes",
    "tags: [quality, security]\n",
  ),
  "agents/deployer.md": capability("deployer", "Brings code to production with Kubernetes"),
  "agents/hidden.md": capability("hidden", "Reviews code in secret", "hidden: true\n"),
  "skills/review/SKILL.md": capability("review", "How to review code for quality", "triggers: [pull request]\n"),
  ".claude/skills/review/SKILL.md": capability("review", "How to review code, the stronger one"),
  "skills/flows/SKILL.md":
    "---\nname: Flow Kit\ndescription: Flows\ncapabilities:\n  - {id: execute_workflow, name: Execute Workflow}\n  - {id: monitor_workflow, name: Watch}\n---\n",
  "agents/tester.md": capability("tester", "Writes and runs tests for queries and databases"),
};
const found = (query: string, options = {}) => shop.search(query, options).map(({ record }) => record.slug);

describe("search", () => {
  test("a search ranks names over triggers over descriptions, and gives reasons", () => {
    expect(found("review code")).toEqual(["review", "code-reviewer", "deployer"]);
    expect(shop.search("review code")[0]).toMatchObject({
      record: { description: "How to review code, the stronger one" },
      reasons: [
        { word: "review", fields: ["name", "description"] },
        { word: "code", fields: ["description"] },
      ],
    });
    expect(found("execute workflow")[0]).toBe("flow-kit");
    expect(found("security")).toEqual(["code-reviewer"]);
  });

  test("a search finds word beginnings and misspellings, and no unknown words", () => {
    expect(found("kubernets")).toEqual(["deployer"]);
    expect(found("deploy")).toEqual(["deployer"]);
    expect(found("xylophone")).toEqual([]);
    expect(found("the of and with")).toEqual([]);
    expect(found("")).toEqual([]);
    expect(found("__proto__ constructor toString")).toEqual([]);
  });

  test("a search ranks a whole name first, and respects kind and limit", () => {
    expect(found("Flow Kit")[0]).toBe("flow-kit");
    expect(found("code", { kind: "agent" })).toEqual(["code-reviewer", "deployer"]);
    expect(found("code", { limit: 1 })).toHaveLength(1);
    expect(found("review code")).not.toContain("hidden");
  });
});

describe("needs", () => {
  const covering = (...needs: string[]) => shop.matching(needs).covering.map(({ record }) => record.slug);

  test("needs are covered by names, tags, operations, triggers and words", () => {
    expect(covering("security", "quality")).toEqual(["code-reviewer"]);
    expect(covering("execute_workflow")).toEqual(["flow-kit"]);
    expect(covering("Execute Workflow", "monitor-workflow")).toEqual(["flow-kit"]);
    expect(covering("review", "code")).toEqual(["review"]);
    expect(covering("code")).toEqual(["code-reviewer", "review", "deployer"]);
    expect(covering("query", "test")).toEqual(["tester"]);
    expect(shop.matching(["security", "mistakes"]).covering[0]?.covers).toEqual([
      { need: "security", field: "tags" },
      { need: "mistakes", field: "description" },
    ]);
  });

  test("finds the nearest records, with missing needs, when none covers every need", () => {
    const { covering, nearest } = shop.matching(["security", "kubernetes", "juggling"]);
    expect(covering).toEqual([]);
    expect(nearest.map(({ record, lacks }) => [record.slug, lacks])).toEqual([
      ["code-reviewer", ["kubernetes", "juggling"]],
      ["deployer", ["security", "juggling"]],
    ]);
    expect(shop.matching(["juggling"])).toEqual({ covering: [], nearest: [] });
    expect(shop.matching(["", "  "])).toEqual({ covering: [], nearest: [] });
    expect(shop.matching(["of the", "__proto__"])).toEqual({ covering: [], nearest: [] });
  });
});

describe("names", () => {
  test("finds a capability by slug or name in any spelling", () => {
    expect(shop.find("skill", "flow-kit")?.name).toBe("Flow Kit");
    expect(shop.find("skill", "Flow Kit")?.name).toBe("Flow Kit");
    expect(shop.find(undefined, "FLOW_KIT")?.name).toBe("Flow Kit");
    expect(shop.find("agent", "flow-kit")).toBeUndefined();
    expect(shop.find("agent", "hidden")?.name).toBe("hidden");
    expect(shop.find("agent", "constructor")).toBeUndefined();
  });

  test("prefers the stronger scope, then the agent, among equal names", () => {
    const home = plant(scratch(), {
      ".agents/agents/x.md": capability("x"),
      ".agents/skills/y/SKILL.md": capability("y"),
    });
    const project = plant(scratch(), {
      "skills/x/SKILL.md": capability("x"),
      "skills/z/SKILL.md": capability("z"),
      "agents/z.md": capability("z"),
      "agents/odd.md": capability("team:y"),
    });
    const catalog = createCatalog({ roots: [], project, home, version: "test", now: Date.now });
    expect(catalog.find(undefined, "x")?.id).toBe("skill:project/x");
    expect(catalog.find(undefined, "z")?.id).toBe("agent:project/z");
    expect(catalog.find(undefined, "team:y")?.id).toBe("agent:project/team-y");
    expect(catalog.find(undefined, "user:y")?.id).toBe("skill:user/y");
  });

  test("suggests similar names for an unknown name", () => {
    expect(shop.nearest("code-revewer")).toEqual(["code-reviewer"]);
    expect(shop.nearest("tests", "agent")).toEqual(["tester"]);
    expect(shop.nearest("tests", "skill")).toEqual([]);
    expect(shop.nearest("reviewer")[0]).toBe("review");
    expect(shop.nearest("zzzzzz")).toEqual([]);
  });
});
