import { join } from "node:path";
import type {
  SavedTemplates,
  Template,
  TemplateLibrary,
  TemplateRefusal,
  TemplateScan,
} from "../model/contracts/templates.ts";
import { TEMPLATE_SOURCES } from "../model/contracts/templates.ts";
import { compareVersions } from "../model/version.ts";
import { candidatesIn, type Folder } from "./folder.ts";
import { readHead } from "./head.ts";

export interface LibraryOptions {
  readonly saved: SavedTemplates;
  /** The project of a directory. */
  readonly projectOf: (directory: string) => string;
  readonly home?: string | undefined;
  /** The directory that holds Baton's own `workflows`. */
  readonly shipped?: string | undefined;
}

/** The templates of all sources, each read where it lies. */
export function createLibrary({ saved, projectOf, home, shipped }: LibraryOptions): TemplateLibrary {
  return {
    saved,
    scan(directory, name) {
      const shelf = { templates: [] as Template[], refusals: [] as TemplateRefusal[] };
      takeSaved(saved, name, shelf);
      const seen = new Set<string>();
      for (const folder of foldersOf(projectOf(directory), home, shipped)) takeFolder(folder, name, seen, shelf);
      return ordered(shelf);
    },
  };
}

function foldersOf(project: string, home: string | undefined, shipped: string | undefined): Folder[] {
  const below = (base: string, places: readonly string[], rest: Omit<Folder, "directory">) =>
    places.map((place): Folder => ({ directory: join(base, place), ...rest }));
  return [
    ...(project === home
      ? []
      : below(project, ["workflows", ".baton/workflows"], { source: "project", within: project })),
    ...(home === undefined ? [] : below(home, [".config/baton/workflows", ".baton/workflows"], { source: "user" })),
    ...(shipped === undefined ? [] : below(shipped, ["workflows"], { source: "shipped" })),
  ];
}

interface Growing {
  readonly templates: Template[];
  readonly refusals: TemplateRefusal[];
}

function takeSaved(saved: SavedTemplates, name: string | undefined, into: Growing): void {
  for (const one of saved.list(name)) {
    const { path } = one;
    if ("problem" in one) {
      into.refusals.push({ path, source: "saved", message: one.problem });
      continue;
    }
    // It was valid when it was saved. A later Baton may be stricter, and says so when the template runs.
    const head = readHead(one.template.text, undefined);
    const description = "description" in head ? { description: head.description } : {};
    into.templates.push({ ...one.template, ...description, source: "saved", path } as Template);
  }
}

/** A file that lies in several folders counts where it is met first. */
function takeFolder(folder: Folder, name: string | undefined, seen: Set<string>, into: Growing): void {
  const { source } = folder;
  for (const candidate of candidatesIn(folder, name)) {
    const { path } = candidate;
    if ("message" in candidate) {
      into.refusals.push({ path, source, message: candidate.message });
      continue;
    }
    if (seen.has(candidate.realPath)) continue;
    seen.add(candidate.realPath);
    const head = readHead(candidate.text, candidate.version);
    if ("message" in head) into.refusals.push({ path, source, message: head.message });
    else into.templates.push({ name: candidate.name, ...head, source, path, text: candidate.text });
  }
}

/** The sort keeps the order of files within a source, where the first of equals wins. */
function ordered({ templates, refusals }: Growing): TemplateScan {
  const rank = ({ source }: Template) => TEMPLATE_SOURCES.indexOf(source);
  const sorted = [...templates].sort(
    (left, right) =>
      rank(left) - rank(right) || byName(left.name, right.name) || compareVersions(right.version, left.version),
  );
  const strongest = new Map<string, Template>();
  return {
    refusals,
    templates: sorted.map((template) => {
      const key = `${template.name}@${template.version}`.toLowerCase();
      const stronger = strongest.get(key);
      if (!stronger) strongest.set(key, template);
      return stronger ? { ...template, shadowedBy: stronger.source } : template;
    }),
  };
}

function byName(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a === b ? 0 : a < b ? -1 : 1;
}
