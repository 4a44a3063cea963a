import { expect, test } from "vitest";
import { readGoal } from "../../src/routing/text/reading.ts";
import { tasksOf } from "../../src/routing/text/tasks.ts";

const tasks = (goal: string) => tasksOf(readGoal(goal));

test.each([
  ["fix login, add logout button, write docs for both", ["fix login", "add logout button", "write docs for both"]],
  [
    "fix the login bug, add tests for cart, update the changelog",
    ["fix the login bug", "add tests for cart", "update the changelog"],
  ],
  [
    "there are three things: the logo is blurry, the search ignores umlauts, and we need a 404 page",
    ["the logo is blurry", "the search ignores umlauts", "we need a 404 page"],
  ],
  [
    "The back button leaves the app. Also, unrelated, the imprint has the old number.",
    ["The back button leaves the app", "the imprint has the old number"],
  ],
  [
    "make the sidebar collapsible, and while you're there drop the beta badge",
    ["make the sidebar collapsible", "drop the beta badge"],
  ],
  ["1 sort the news 2 translate the mails", ["sort the news", "translate the mails"]],
  ["new app icon, plus the crash on rotate", ["new app icon", "the crash on rotate"]],
  ["Aktualisiere React und lösche die alten Skripte", ["Aktualisiere React", "lösche die alten Skripte"]],
])("%j", (goal, expected) => {
  expect(tasks(goal)).toEqual(expected);
});

test("what is quoted or in brackets is not cut, and what leans on a clause stays with it", () => {
  expect(
    tasks('Rename "Users, roles and rights" to "Access", and add a filter (by name, date and size) to it'),
  ).toEqual(['Rename "Users, roles and rights" to "Access"', "add a filter (by name, date and size) to it"]);
  expect(
    tasks("The map hides the menu, which is bad on phones. The timer stops at noon, because of the time zone."),
  ).toEqual(["The map hides the menu, which is bad on phones", "The timer stops at noon, because of the time zone"]);
});

test("what stands between pieces of one task stays as it was written", () => {
  expect(tasks("Show name, street and town on the label; drop the fax number")).toEqual([
    "Show name, street and town on the label",
    "drop the fax number",
  ]);
  expect(tasks("Rename the tabs and the menu, and translate the mails")).toEqual([
    "Rename the tabs and the menu",
    "translate the mails",
  ]);
});

test("what only says that tasks come is none", () => {
  expect(tasks("Hi, two things from yesterday. The horn is too loud. The map lacks a legend.")).toEqual([
    "The horn is too loud",
    "The map lacks a legend",
  ]);
});

test("what cannot be cut is one task: all of it", () => {
  expect(tasks("Fix #88")).toEqual(["Fix #88"]);
});
