import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileTemplates } from "../../src/store/file/templates.ts";
import { createLibrary } from "../../src/templates/index.ts";
import { scratch } from "../rig/baton.ts";
import { plant } from "../rig/files.ts";

const flow = (version?: string, more = "") =>
  `${version === undefined ? "" : `version: ${version}\n`}description: What it does\n${more}steps: [{ id: a, command: 'true' }]\n`;

/** A template library whose sources have templates of the same names. */
function house() {
  const at = plant(scratch(), {
    "project/workflows/etl.yaml": flow(),
    "project/workflows/etl@1.2.0.yml": flow("1.2.0"),
    "project/workflows/etl@1.10.0.yml": flow(),
    "project/.baton/workflows/etl.json": '{"version":"1.2.0","steps":[]}',
    "home/.config/baton/workflows/etl.yaml": flow("9.0.0"),
    "home/.baton/workflows/own.yaml": flow("0.1.0"),
    "shipped/workflows/etl.yaml": flow("1.2.0"),
    "shipped/workflows/review.yaml": `workflow:\n  version: 2.0.0\n  description: Wrapped\n  steps: []\n`,
  });
  const saved = fileTemplates(
    join(at, "state"),
    () => 0,
    () => {},
  );
  const library = createLibrary({
    ...{ saved, projectOf: () => join(at, "project"), home: join(at, "home"), shipped: join(at, "shipped") },
  });
  return { at, saved, library, shelf: (name?: string) => library.scan(at, name) };
}

const save = (saved: ReturnType<typeof fileTemplates>, name: string, version: string, text = flow()) =>
  saved.save({ name, version, text, savedAt: "2026-01-01T00:00:00.000Z" });

test("lists templates by source and version, and marks shadowed ones", () => {
  const { saved, shelf } = house();
  expect(shelf("nobody").templates).toEqual([]);
  expect(save(saved, "ETL", "1.10.0")).toBe(true);
  const lines = shelf("etl").templates.map(
    ({ version, source, shadowedBy }) => `${version} ${source}${shadowedBy ? ` < ${shadowedBy}` : ""}`,
  );
  expect(lines).toEqual([
    "1.10.0 saved",
    "1.10.0 project < saved",
    "1.2.0 project",
    "1.2.0 project < project",
    "1.0.0 project",
    "9.0.0 user",
    "1.2.0 shipped < project",
  ]);
  const names = shelf().templates.map(({ name, source, description }) => `${name} ${source} ${description ?? ""}`);
  expect(names).toContain("own user What it does");
  expect(names).toContain("review shipped Wrapped");
});

test("reports template files that are refused, and lists the others", () => {
  const { at, shelf } = house();
  plant(join(at, "project/workflows"), {
    "a b.yaml": flow(),
    "x@new.yaml": flow(),
    "differs@1.0.0.yaml": flow("2.0.0"),
    "short.yaml": flow("1.2"),
    "broken.yaml": "steps: [",
    "prose.json": "[]",
    ".hidden.yaml": "steps: [",
    "notes.md": "# Notes",
  });
  mkdirSync(join(at, "project/workflows/folder.yaml"));
  writeFileSync(join(at, "secret.yaml"), flow());
  symlinkSync(join(at, "secret.yaml"), join(at, "project/workflows/link.yaml"));
  symlinkSync("etl.yaml", join(at, "project/workflows/etl-too.yaml"));
  symlinkSync(join(at, "secret.yaml"), join(at, "home/.baton/workflows/linked.yaml"));
  const { templates, refusals } = shelf();
  const said = refusals.map(({ path, message }) => `${path.slice(join(at, "project/workflows/").length)}: ${message}`);
  expect(said).toEqual([
    "a b.yaml: is called like no template. Names are letters, digits, _ and -, and have at most 100 characters.",
    expect.stringMatching(/^broken\.yaml: cannot be read: /),
    "differs@1.0.0.yaml: says that it is version 2.0.0, and its name says 1.0.0",
    "folder.yaml: is not a regular file",
    "link.yaml: is a link that leads out of the project",
    "prose.json: holds no workflow",
    "short.yaml: its version must be three numbers, as in 1.2.0",
    "x@new.yaml: has something else than a version, as in 1.2.0, after the @ in its name",
  ]);
  expect(templates.filter(({ name }) => name === "linked")).toHaveLength(1);
  expect(templates.filter(({ source, version }) => source === "project" && version === "1.0.0")).toHaveLength(1);
});

test("lists a folder once that is both project and shipped source", () => {
  const { at } = house();
  const library = createLibrary({
    ...{
      saved: fileTemplates(
        join(at, "state"),
        () => 0,
        () => {},
      ),
      projectOf: () => join(at, "shipped"),
    },
    shipped: join(at, "shipped"),
  });
  expect(library.scan(at).templates.map(({ name, source }) => `${name} ${source}`)).toEqual([
    "etl project",
    "review project",
  ]);
});

test("refuses hostile template files with reasons, and reads the other files", () => {
  const { at, shelf } = house();
  const keys = Array.from({ length: 30_000 }, (_, key) => `  k${key}: 1`).join("\n");
  plant(join(at, "project/workflows"), {
    "blank.yaml": `${"\n".repeat(500_000)}${flow()}`,
    "keys.yaml": flow(undefined, `context:\n${keys}\n`),
    "vast.yaml": flow(undefined, `#${"x".repeat(1_400_000)}\n`),
    "deep.yaml": "[".repeat(100_000),
  });
  const { templates, refusals } = shelf();
  expect(templates.map(({ name }) => name)).toEqual(expect.arrayContaining(["etl", "own", "review", "keys"]));
  expect(refusals.map(({ path, message }) => `${path.split("/").at(-1)}: ${message}`)).toEqual([
    "blank.yaml: cannot be read: the YAML has more than 400,000 words and signs. Write it as JSON, which may be larger, or split it into several workflows",
    "deep.yaml: cannot be read: nested deeper than 200 levels",
    "vast.yaml: is not read: with the smaller files beside it, it is more than 1,500,000 bytes",
  ]);
  expect(shelf("vast").templates).toHaveLength(1);
});
