/** What the agents that ship here might deliver, each as its file says. */

export const plan = {
  goal: "Add a login page",
  summary: "A form, its check, and a test.",
  scope: { in: ["the page"], out: ["password reset"] },
  steps: [
    { id: "form", title: "The form", work: "New file src/login.ts", files: ["src/login.ts"], verify: "npm test" },
  ],
  assumptions: ["Sessions stay as they are."],
  openQuestions: [],
  confidence: 0.8,
};

export const build = {
  summary: "The login page is there, and its form is checked.",
  filesChanged: ["src/login.ts", "test/login.test.ts"],
  testsRun: [{ command: "npm test", exitCode: 0 }],
  deviations: [],
  leftOut: [],
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

export const review = {
  verdict: "changes_needed",
  summary: "One finding.",
  findings: [finding],
  reviewed: ["src/login.ts"],
  notReviewed: [],
};

export const audit = {
  verdict: "changes_needed",
  summary: "One way in.",
  findings: [{ ...finding, weakness: "CWE-601" }],
  reviewed: ["the routes"],
  notReviewed: ["dependencies: no network"],
};
