const built = {
  summary: "The login page is there, and its form is checked.",
  filesChanged: ["src/login.ts", "test/login.test.ts"],
  testsRun: [{ command: "npm test", exitCode: 0 }],
  stepsDone: ["form"],
  deviations: [],
};
const finding = {
  severity: "high",
  file: "src/login.ts",
  line: 12,
  title: "The redirect goes wherever the caller says",
  detail: "next=https://elsewhere.example is followed without a check.",
  fix: "Allow paths of this site only.",
  certainty: "confirmed",
};

/** By agent: what it might deliver, and how that could be wrong. */
export const deliverables: Readonly<Record<string, { right: object; wrong: Readonly<Record<string, unknown>> }>> = {
  planner: {
    right: {
      goal: "Add a login page",
      summary: "A form, its check, and a test.",
      scope: { in: ["the page"], out: ["password reset"] },
      steps: [
        { id: "form", title: "The form", work: "New file src/login.ts", files: ["src/login.ts"], verify: "npm test" },
        { id: "docs", title: "The guide", work: "A section", dependsOn: ["form"], verify: "npm run docs" },
      ],
      assumptions: ["Sessions stay as they are."],
      openQuestions: [],
      confidence: 0.8,
    },
    wrong: { steps: [{ id: "form", title: "The form", work: "Write it" }], confidence: "high", scope: ["the page"] },
  },
  builder: { right: built, wrong: { testsRun: [{ command: "npm test", passed: true }], filesChanged: 2 } },
  "builder-python": { right: built, wrong: { testsRun: ["pytest"], summary: null } },
  "builder-typescript": { right: built, wrong: { testsRun: undefined } },
  architect: {
    right: {
      summary: "Two epics.",
      decisions: [{ decision: "One database", reason: "One team", rejected: "One for each service" }],
      epics: [
        {
          id: "accounts",
          title: "Accounts",
          outcome: "People can sign in.",
          features: [
            {
              id: "login",
              title: "Login",
              tasks: [
                {
                  id: "login-form",
                  title: "Form",
                  acceptance: "A test signs in.",
                  dependsOn: [],
                  needs: ["typescript"],
                },
              ],
            },
          ],
        },
      ],
      risks: ["The old accounts could not be looked at."],
    },
    wrong: {
      epics: [
        { id: "a", title: "A", outcome: "x", features: [{ id: "b", title: "B", tasks: [{ id: "c", title: "C" }] }] },
      ],
      decisions: ["One database"],
    },
  },
  "code-reviewer": {
    right: {
      verdict: "changes_needed",
      summary: "One finding.",
      findings: [finding],
      reviewed: ["src/login.ts"],
      notReviewed: [],
    },
    wrong: { verdict: "looks good", findings: [{ ...finding, severity: "urgent" }], notReviewed: undefined },
  },
  "security-scout": {
    right: {
      summary: "One way in.",
      findings: [{ ...finding, weakness: "CWE-601" }],
      checked: ["the routes"],
      notChecked: ["dependencies: no network"],
    },
    wrong: { findings: [{ ...finding, certainty: "sure" }], checked: true, notChecked: undefined },
  },
  "validator-test-runner": {
    right: {
      status: "failed",
      summary: "One of forty fails.",
      commands: [{ command: "npm test", exitCode: 1, passed: 39, failed: 1, skipped: 0 }],
      failures: [{ name: "signs in", message: "expected 200, got 500", command: "npm test", existedBefore: false }],
      notRun: [{ what: "browser tests", why: "no browser here" }],
    },
    wrong: { status: "mostly", commands: [{ command: "npm test" }], notRun: undefined },
  },
};
