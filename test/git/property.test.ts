import { chmodSync, lstatSync, mkdirSync, rmSync, type Stats, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { previewRestore } from "../../src/git/preview.ts";
import { restoreCode } from "../../src/git/restore.ts";
import { noGit, Repository } from "../rig/repository.ts";
import { runs } from "../rig/rules/runs.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

/** Each case takes about a hundred git processes. */
const RUNS = runs(6);

/** Few names, so that files, directories and links replace each other. Some are ignored. */
const NAMES = [
  "a",
  "b",
  "dir",
  "dir/a",
  "dir/b",
  "dir/dir/a",
  "-x",
  "new\nline",
  "ü ",
  "x.tmp",
  "dir/x.tmp",
  "cache/a",
];
const IGNORED = "*.tmp\ncache/\n";

/** Ways in which git stores files: unchanged or converted. A restore must bring back the same bytes in each. */
const FORMS: readonly { readonly attributes: string; readonly settings: Readonly<Record<string, string>> }[] = [
  { attributes: "", settings: {} },
  { attributes: "* text=auto\ndir/a ident\n", settings: { "core.autocrlf": "true" } },
  {
    attributes: "a filter=turned\ndir/* filter=cut\nb text eol=crlf\n",
    settings: {
      "filter.turned.clean": "tr 123 312",
      "filter.turned.smudge": "tr 312 123",
      "filter.cut.clean": "wc -c",
      "filter.cut.smudge": "cat",
      "filter.cut.required": "true",
    },
  },
];

type Edit =
  | { readonly act: "write" | "link"; readonly path: string; readonly text: string }
  | { readonly act: "delete" | "chmod" | "stage" | "unstage" | "commit"; readonly path: string };

const path = fc.constantFrom(...NAMES);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant("write" as const),
      path,
      text: fc.constantFrom("1", "2", "3\r\n", "$Id: 1 $\n", ""),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("link" as const), path, text: fc.constantFrom("a", "dir", "..", "no") }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom("delete", "chmod", "stage", "unstage", "commit" as const),
      path,
    }) as fc.Arbitrary<Edit>,
  },
);
const edits = fc.array(edit, { maxLength: 14 });

/** What is there: nothing is looked for behind links. */
function found(top: string, path: string): Stats | undefined {
  const above = dirname(path);
  if (above !== "." && !found(top, above)?.isDirectory()) return undefined;
  return lstatSync(join(top, path), { throwIfNoEntry: false });
}

function make(repository: Repository, edit: Edit): void {
  const place = join(repository.top, edit.path);
  switch (edit.act) {
    case "write":
    case "link": {
      // Files in the place of its directories are removed.
      for (let at = dirname(edit.path); at !== "."; at = dirname(at)) {
        if (found(repository.top, at)?.isDirectory() === false) rmSync(join(repository.top, at));
      }
      rmSync(place, { recursive: true, force: true });
      mkdirSync(dirname(place), { recursive: true });
      if (edit.act === "write") writeFileSync(place, edit.text);
      else symlinkSync(edit.text, place);
      return;
    }
    case "delete":
      if (found(repository.top, edit.path)) rmSync(place, { recursive: true });
      return;
    case "chmod": {
      const file = found(repository.top, edit.path);
      if (file?.isFile()) chmodSync(place, file.mode ^ 0o111);
      return;
    }
    case "stage":
      return void repository.git("add", "--all");
    case "unstage":
      return void repository.git("rm", "-r", "--force", "--quiet", "--cached", "--ignore-unmatch", "--", edit.path);
    case "commit":
      return void repository.commit("random");
  }
}

const isIgnored = (path: string) => /\.tmp$|^cache\//.test(path);
const ignored = (files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => isIgnored(path)));

test("a forced restore brings back any captured files and loses no later work", {
  timeout: 60_000 + RUNS * 10_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(edits, edits, fc.constantFrom(...FORMS), async (before, after, { attributes, settings }) => {
      const first = { ".gitignore": IGNORED, ".gitattributes": attributes, a: "1", "dir/a": "1", "dir/dir/a": "1" };
      const repository = Repository.make(first, settings);
      for (const one of before) make(repository, one);
      const then = repository.files();
      const code = await repository.capture();
      for (const one of after) make(repository, one);
      const now = repository.files();
      const { files: _, status: __, ...untouched } = repository.everything();

      const preview = await previewRestore(code, repository.settings);
      const restored = await restoreCode(code, { force: true, now: 1 }, repository.settings);
      if (!preview.ok || !restored.ok) throw new Error(JSON.stringify([preview, restored]));
      const kept = new Set(preview.value.kept.map(({ path }) => path));
      const seen = repository.files();

      // Files are back, except those whose place an ignored file has taken. Ignored files are unchanged.
      const expected = Object.fromEntries(Object.entries(then).filter(([path]) => !isIgnored(path) && !kept.has(path)));
      expect(Object.fromEntries(Object.entries(seen).filter(([path]) => !isIgnored(path)))).toEqual(expected);
      expect(ignored(seen)).toEqual(ignored(now));
      expect(repository.everything()).toMatchObject(untouched);
      // The restore did what the preview said.
      expect(restored.value.preview).toEqual(preview.value);
      const changed = [...new Set([...Object.keys(now), ...Object.keys(seen)])].filter(
        (path) => now[path] !== seen[path],
      );
      expect(changed.map(utf8).sort()).toEqual(preview.value.changes.map(({ path }) => path).sort());

      // The files from before the restore can be brought back.
      if (!restored.value.before) {
        expect(seen).toEqual(now);
        return;
      }
      const undone = await restoreCode(restored.value.before, { force: true, now: 2 }, repository.settings);
      expect(undone.ok).toBe(true);
      expect(repository.files()).toEqual(now);
    }),
    { numRuns: RUNS },
  );
});

const utf8 = (path: string) => Buffer.from(path, "latin1").toString("utf8");
