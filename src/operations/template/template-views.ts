import type { TemplateSource } from "../../model/contracts/templates.ts";
import type { Parameter } from "../../model/workflow.ts";

/** What the operations on templates answer, as every face reads it. Each answer says what to do next. */
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
  /** The sources whose equal versions it hides. */
  readonly shadows?: readonly string[];
}

export interface TemplateList extends Answer {
  readonly templates: readonly TemplateLine[];
  readonly total: number;
  /** Files that are no templates, each with why. */
  readonly refused?: readonly string[];
}

/** What a caller gives: as declared, or else only known to be read. */
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
  /** The same was saved as this version before. */
  readonly existing?: boolean;
  /** The version that it differs from, and how. */
  readonly before?: string;
  readonly difference?: string;
}

/** Where a saving stands, in the words of every face. What is not done yet is no whole sentence: each face says in its own way how to confirm it. */
export function standOf({ saved, done, existing }: TemplateSaving): string {
  if (existing) return `${saved} is saved already, just like this.`;
  return done ? `${saved} is saved.` : `It would be saved as ${saved}`;
}
