import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHECK_OUTCOMES, type CheckResult, EVIDENCE } from "../../src/model/evidence.ts";
import { type Delivered, verdictOf, weakest } from "../../src/run/state/verdict.ts";

const check = (before: CheckResult["before"], text = "npm test"): CheckResult => ({
  check: text,
  outcome: "passed",
  ...(before && { before }),
});
const changes = (files: string[], shared = false) => ({ files, insertions: 1, deletions: 0, shared });
const judge = (rest: Partial<Delivered>) => verdictOf({ checks: [], builds: false, ownFiles: () => [], ...rest });

describe("what a delivery is worth", () => {
  test("verified: a check failed before the work and passes after it", () => {
    expect(judge({ checks: [check("passed", "lint"), check("failed")] })).toEqual({ evidence: "verified" });
  });

  test("checked: the checks passed before, too, or nobody knows", () => {
    const before = "its checks passed before the work, too";
    expect(judge({ checks: [check("passed")] })).toEqual({ evidence: "checked", note: before });
    const unknown = { evidence: "checked", note: "no check is known to have failed before the work" };
    expect(judge({ checks: [check("passed"), check("unknown")] })).toEqual(unknown);
    expect(judge({ checks: [check(undefined)] })).toEqual(unknown);
  });

  test("reported: nothing was checked, or a step that builds changed no file", () => {
    expect(judge({})).toEqual({ evidence: "reported" });
    const empty = { checks: [check("failed")], changes: changes([]) };
    expect(judge({ ...empty, builds: true })).toEqual({ evidence: "reported", note: "no file changed" });
    expect(judge(empty)).toEqual({ evidence: "verified" });
    expect(judge({ checks: [check("failed")], builds: true })).toEqual({ evidence: "verified" });
  });

  test.each([
    ["node --test test/a.test.js", ["test/a.test.js"], "verified"],
    ["./test/a.sh && true", ["test/a.sh"], "verified"],
    ['file out/a.md contains "x"', ["./out/a.md"], "verified"],
    ["node --test test/aa.test.js", ["test/a.test.js"], "checked"],
    ["npm test", ["test/a.test.js"], "checked"],
    ["npm test", [], "checked"],
  ])("with others in the same work tree, %s proves something of %j: %s", (command, own, evidence) => {
    const given = { checks: [check("failed", command)], changes: changes(["a"], true), ownFiles: () => own };
    expect(judge(given).evidence).toBe(evidence);
    // Alone, it proves it in any case.
    expect(judge({ ...given, changes: changes(["a"]) }).evidence).toBe("verified");
  });

  test("only a check that failed before and passes now makes verified, and more checks never make less of it", () => {
    const results = fc.array(
      fc.record({
        check: fc.constantFrom("a", "b", "c"),
        outcome: fc.constant("passed" as const),
        before: fc.option(fc.constantFrom(...CHECK_OUTCOMES), { nil: undefined }),
      }),
      { maxLength: 5 },
    );
    const given = fc.record({ builds: fc.boolean(), shared: fc.boolean(), files: fc.subarray(["a", "x"]) });
    fc.assert(
      fc.property(results, given, (checks, { builds, shared, files }) => {
        const delivered = { checks: checks as CheckResult[], builds, changes: changes(files, shared) };
        const { evidence, note } = verdictOf({ ...delivered, ownFiles: () => files });
        const proving = checks.filter(({ before }) => before === "failed");
        const proves = shared ? proving.some((one) => files.includes(one.check)) : proving.length > 0;
        const nothing = checks.length === 0 || (builds && files.length === 0);
        expect(evidence).toBe(nothing ? "reported" : proves ? "verified" : "checked");
        expect(note === undefined).toBe(
          evidence === "verified" || (checks.length === 0 && !(builds && files.length === 0)),
        );
      }),
    );
  });
});

test("a step made of others is worth as much as the weakest of them", () => {
  expect(weakest([])).toBe("observed");
  expect(weakest(["observed", "verified"])).toBe("verified");
  expect(weakest(["verified", "checked", "observed"])).toBe("checked");
  expect(weakest([...EVIDENCE])).toBe("reported");
});
