import { z } from "zod";

export const CapabilityKind = z.enum(["skill", "agent"]);
export type CapabilityKind = z.infer<typeof CapabilityKind>;

/** Where a root comes from, the strongest first. A project's files are only as trustworthy as its author. */
export const Scope = z.enum(["explicit", "project", "user", "plugin", "shipped"]);
export type Scope = z.infer<typeof Scope>;

/** Something wrong in a file, or why Baton refused it. */
export const CapabilityIssue = z.object({
  code: z.string(),
  /**
   * `refused`: nothing was registered. `repaired`: read, although it breaks the rules. `advice`: read; other loaders
   * may stumble.
   */
  effect: z.enum(["refused", "repaired", "advice"]),
  line: z.number().int().positive().optional(),
  message: z.string(),
  /** What to write instead, as a sentence. */
  mend: z.string(),
});
export type CapabilityIssue = z.infer<typeof CapabilityIssue>;

/**
 * A JSON Schema as the file gives it, without references to other documents. Baton inspects it and never compiles it.
 */
const Schema = z.record(z.string(), z.unknown());

/** One operation that a capability offers (`capabilities` as objects). */
export const CapabilityOperation = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  inputSchema: Schema.optional(),
  outputSchema: Schema.optional(),
});
export type CapabilityOperation = z.infer<typeof CapabilityOperation>;

/** What a file says about its capability, apart from where the file lies. */
export const Capability = z.object({
  kind: CapabilityKind,
  /** As written, with blanks folded and control characters removed. Never part of a path. */
  name: z.string(),
  /** The name as an identifier: callers write it, and stronger records shadow weaker ones by it. */
  slug: z.string(),
  nameSource: z.enum(["frontmatter", "path"]),
  /** Whole, with blanks folded. The file's author wrote it for a model, so listings cut it and name its source. */
  description: z.string(),
  operations: z.array(CapabilityOperation),
  /** The schema of its output, whichever operation the caller asks for. */
  outputSchema: Schema.optional(),
  tags: z.array(z.string()),
  triggers: z.object({ keywords: z.array(z.string()), filePatterns: z.array(z.string()), text: z.string().optional() }),
  /** The tools that the file asks for. A request, never a grant: nothing here allows anything. */
  requestedTools: z.object({
    mode: z.enum(["inherit", "all", "list"]),
    allow: z.array(z.string()),
    deny: z.array(z.string()),
  }),
  /** The model that the file asks for. A request too. */
  requestedModel: z.object({ raw: z.string(), alias: z.string().optional() }).optional(),
  priority: z.number(),
  priorityText: z.string().optional(),
  requires: z.object({
    skills: z.array(z.string()),
    agents: z.array(z.string()),
    mcp: z.array(z.string()),
    packages: z.array(z.string()),
  }),
  argumentHint: z.string().optional(),
  flags: z.object({ userInvocable: z.boolean(), modelInvocable: z.boolean(), hidden: z.boolean() }),
  version: z.string().optional(),
  license: z.string().optional(),
  author: z.string().optional(),
  compatibility: z.string().optional(),
  /**
   * Every other key, as text, cut to a size. `hooks`, `permissionMode` and the like are here; Baton obeys none of
   * them.
   */
  extra: z.record(z.string(), z.unknown()),
});
export type Capability = z.infer<typeof Capability>;

/** What reading a file gave. Without a capability, the findings say why. */
export const RecordReading = z.object({
  capability: Capability.optional(),
  mode: z.enum(["strict", "repaired"]),
  findings: z.array(CapabilityIssue),
  sha256: z.string(),
  /** The byte at which the body after the frontmatter begins, and its line. */
  bodyOffset: z.number().int().nonnegative(),
  bodyLine: z.number().int().positive(),
});
export type RecordReading = z.infer<typeof RecordReading>;

/** A capability and where Baton found it. */
export const CapabilityRecord = Capability.extend({
  /** `kind:namespace/slug`, unique. */
  id: z.string(),
  /** The file: read it to get the body. */
  path: z.string(),
  source: z.object({
    root: z.string(),
    scope: Scope,
    /** The plugin's name, or the scope. */
    namespace: z.string(),
    relativePath: z.string(),
    realPath: z.string(),
    sha256: z.string(),
    bytes: z.number(),
    modified: z.string(),
    bodyOffset: z.number(),
    bodyLine: z.number(),
  }),
  parse: z.object({ mode: z.enum(["strict", "repaired"]), findings: z.array(CapabilityIssue) }),
  /** The id of the stronger record that its name means. */
  shadowedBy: z.string().optional(),
});
export type CapabilityRecord = z.infer<typeof CapabilityRecord>;

/** A finding about a file or folder that gave no record. */
export const RecordRefusal = CapabilityIssue.extend({ path: z.string() });
export type RecordRefusal = z.infer<typeof RecordRefusal>;
