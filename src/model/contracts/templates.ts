import { z } from "zod";
import { isSelector, VERSION } from "../version.ts";

/** Where templates come from, the strongest first: the nearest to the caller wins. */
export const TEMPLATE_SOURCES = ["saved", "project", "user", "shipped"] as const;
export type TemplateSource = (typeof TEMPLATE_SOURCES)[number];

export const TEMPLATE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
export const TEMPLATE_NAME_RULE = "Names are letters, digits, _ and -, and have at most 100 characters.";

/** A template as its file says, before its workflow is checked. */
export interface Template {
  readonly name: string;
  readonly version: string;
  readonly source: TemplateSource;
  readonly path: string;
  /** The workflow, in YAML or JSON. */
  readonly text: string;
  readonly description?: string;
  /** When it was saved. */
  readonly savedAt?: string;
  /** The stronger source that has the same version. */
  readonly shadowedBy?: TemplateSource;
}

/** A file among the templates that is no template. */
export interface TemplateRefusal {
  readonly path: string;
  readonly source: TemplateSource;
  readonly message: string;
}

export interface TemplateScan {
  /** The strongest source first; within a source by name, the highest version first. */
  readonly templates: readonly Template[];
  readonly refusals: readonly TemplateRefusal[];
}

export interface TemplateLibrary {
  /**
   * All templates known in a directory; with `name`, only those of that name. Read again at every call, because files
   * change.
   */
  scan(directory: string, name?: string): TemplateScan;
  readonly saved: SavedTemplates;
}

/** A saved template. A saved version never changes. */
export const SavedTemplate = z.object({
  name: z.string().regex(TEMPLATE_NAME),
  version: z.string().regex(VERSION),
  savedAt: z.string(),
  text: z.string(),
});
export type SavedTemplate = z.infer<typeof SavedTemplate>;

export interface SavedTemplates {
  /** Each with its file; a damaged one with what is wrong. Names ignore case. */
  list(name?: string): readonly ({ path: string } & ({ template: SavedTemplate } | { problem: string }))[];
  /** False if this version exists already; then nothing changes. */
  save(template: SavedTemplate): boolean;
  /** False if there is no such version. */
  remove(name: string, version: string): boolean;
}

/** What callers write: `name`, `name@1` or `name@1.2.0`. */
export function readReference(text: string): { readonly name: string; readonly selector?: string } | undefined {
  const [name, selector, ...more] = text.split("@");
  if (name === undefined || !TEMPLATE_NAME.test(name) || more.length > 0) return undefined;
  if (selector === undefined) return { name };
  return isSelector(selector) ? { name, selector } : undefined;
}
