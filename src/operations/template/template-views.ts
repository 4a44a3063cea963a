import type { Template, TemplateSource } from "../../model/contracts/templates.ts";
import { compareVersions } from "../../model/version.ts";
import type { Parameter } from "../../model/workflow.ts";

/** Templates, or versions of one, in one answer. */
export const MAX_LISTED = 200;

/** Characters of a description in a list. */
export const MAX_SHORT_CHARACTERS = 200;

/** What the operations on templates answer, for every face. Each answer says what to do next. */
interface Answer {
  readonly truncated?: string;
  readonly next: string;
}

/** One template in a list. */
export interface TemplateLine {
  readonly name: string;
  readonly version: string;
  readonly source: TemplateSource;
  readonly description: string;
  /** Its other versions, the highest first. */
  readonly others?: readonly string[];
  /** The sources whose equal versions it shadows. */
  readonly shadows?: readonly string[];
}

export interface TemplateList extends Answer {
  readonly templates: readonly TemplateLine[];
  readonly total: number;
  /** Files that are no templates, with the reason. */
  readonly refused?: readonly string[];
}

/** A parameter: as declared, or else as the expressions read it. */
export type ParameterLine = Partial<Parameter> & { readonly name: string };

export interface ShownTemplate extends Answer {
  readonly template: {
    readonly name: string;
    readonly version: string;
    readonly source: TemplateSource;
    readonly path: string;
    readonly description?: string;
    readonly savedAt?: string;
    readonly versions: readonly string[];
    readonly valid: boolean;
    readonly parameters?: readonly ParameterLine[];
    readonly steps?: readonly { readonly id: string; readonly type: string; readonly description?: string }[];
    readonly mistakes?: readonly string[];
  };
  readonly warnings?: readonly string[];
  readonly text?: string;
}

export interface TemplateVersions extends Answer {
  readonly name: string;
  readonly versions: readonly {
    readonly version: string;
    readonly source: TemplateSource;
    readonly path: string;
    readonly savedAt?: string;
    readonly shadowedBy?: TemplateSource;
  }[];
  readonly refused?: readonly string[];
}

export interface TemplateSaving extends Answer {
  readonly saved: string;
  readonly done: boolean;
  /** This version exists already with the same content. */
  readonly existing?: boolean;
  /** The version that it differs from, and how. */
  readonly before?: string;
  readonly difference?: string;
}

/** How a save stands, in words for every face. Each face adds how to confirm it. */
export function standOf({ saved, done, existing }: TemplateSaving): string {
  if (existing) return `${saved} is already saved with this content.`;
  return done ? `${saved} is saved.` : `It would be saved as ${saved}`;
}

/** The versions of a template, the highest first. */
export const versionsOf = (templates: readonly Template[]): string[] =>
  [...new Set(templates.map(({ version }) => version))].sort(compareVersions).reverse();
