import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { App } from "../app.ts";
import { directoryOf } from "./template-reference.ts";

/** How many kinds of mistakes, with their lines, are reported for a file that may not be quoted. */
const MAX_LISTED_MISTAKES = 20;

/**
 * The mistakes in a file, for its caller. For a file outside the project, or one that is not named like a workflow,
 * only the kinds of mistakes and their lines. A caller that may name a file must not be able to read any file of this
 * user through its mistakes.
 */
export function tellable(mistakes: readonly Diagnostic[], file: string | undefined, cwd: string | undefined, app: App) {
  if (file === undefined || isQuotable(resolve(directoryOf(cwd, app), file), cwd, app)) return mistakes;
  const hint = "Baton quotes nothing of a file that is outside the project or has no YAML or JSON extension.";
  const told = mistakes.map(({ severity, code, at }): Diagnostic => {
    const message = code === "syntax" ? "is not readable YAML or JSON" : `is not a valid workflow (${code})`;
    return { severity, code, message, hint, at: { file, ...(at.line !== undefined && { line: at.line }) } };
  });
  return [...new Map(told.map((one) => [`${one.code} ${one.at.line}`, one])).values()].slice(0, MAX_LISTED_MISTAKES);
}

function isQuotable(path: string, cwd: string | undefined, app: App): boolean {
  if (!/\.(ya?ml|json)$/i.test(path)) return false;
  const real = realOf(path);
  const tops = [app.cwd, directoryOf(cwd, app)].map((directory) => topOf(directory) ?? directory).filter(isOne);
  if (real === undefined || tops.some((top) => real.startsWith(`${realOf(top)}${sep}`))) return true;
  return app.library.scan(app.cwd).templates.some((template) => realOf(template.path) === real);
}

/**
 * The git work tree of a directory, or the directory that holds its state directory. Without either, the directory
 * itself.
 */
function topOf(directory: string): string | undefined {
  for (let top = directory; dirname(top) !== top; top = dirname(top))
    if (isOne(top) && (existsSync(join(top, ".git")) || existsSync(join(top, ".baton")))) return top;
  return undefined;
}

/** A home directory holds secrets, whatever else it holds. */
const isOne = (top: string): boolean => top !== dirname(top) && top !== homedir();

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // A file that does not exist reveals nothing.
    return undefined;
  }
}
