import { isRecord } from "../model/json.ts";
import { truncate } from "../model/text/truncate.ts";
import type { JsonValue } from "../model/workflow.ts";

/** What agents' deliveries say, for a person to read. Their shapes are their authors'. */

const MAX_TEXT_CHARACTERS = 400;
const MAX_TITLE_CHARACTERS = 140;
const MAX_DETAILS = 20;

/** What an output says in words: itself, if it is text, or its summary or report. */
export function textOf(output: JsonValue | undefined): string | undefined {
  if (typeof output === "string") return output.trim() === "" ? undefined : output.trim();
  if (!isRecord(output)) return undefined;
  return [output.summary, output.report].find((one): one is string => typeof one === "string" && one !== "");
}

/** What the outputs say under a name, once each: texts, or objects that hold a text. */
export function textsIn(outputs: readonly JsonValue[], field: string): string[] {
  const all = outputs.flatMap((output) => {
    const value = isRecord(output) ? output[field] : undefined;
    return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).flatMap(oneText);
  });
  return [...new Set(all)];
}

function oneText(value: unknown): string[] {
  if (!isRecord(value)) {
    const text = typeof value === "string" ? value.trim() : JSON.stringify(value);
    return text === "" || /^(?:none|null)$/i.test(text) ? [] : [truncate(text, MAX_TEXT_CHARACTERS)];
  }
  const { question, text, assumed } = value;
  const main = [question, text].find((one) => typeof one === "string");
  if (main === undefined) return [truncate(JSON.stringify(value), MAX_TEXT_CHARACTERS)];
  const rest = typeof assumed === "string" && assumed !== "" ? ` Assumed: ${assumed}` : "";
  return [truncate(`${main}${rest}`, MAX_TEXT_CHARACTERS)];
}

/** The tasks of a report that tells of several which its agent says are not done. */
export const tasksNotDone = (output: JsonValue | undefined): string[] =>
  recordsIn(output, "tasks").flatMap(({ task, done }) =>
    typeof task === "string" && done === false ? [short(task)] : [],
  );

/** What a delivery lists: tasks that are done, findings of a review, tasks of a breakdown. */
export function detailsOf(output: JsonValue | undefined): string[] {
  const tasks = recordsIn(output, "tasks").flatMap(({ task, done, summary }) =>
    typeof task === "string" && done === true ? [withMore(task, summary)] : [],
  );
  const findings = recordsIn(output, "findings").flatMap(({ severity, title, fix }) =>
    typeof title === "string" ? [`${typeof severity === "string" ? `${severity}: ` : ""}${withMore(title, fix)}`] : [],
  );
  const planned = recordsIn(output, "epics")
    .flatMap((epic) => recordsIn(epic as JsonValue, "features"))
    .flatMap((feature) => recordsIn(feature as JsonValue, "tasks"))
    .flatMap(({ id, title }) =>
      typeof title === "string" ? [`to do: ${typeof id === "string" ? `${id}: ` : ""}${title}`] : [],
    );
  return [...tasks, ...findings, ...planned].slice(0, MAX_DETAILS).map(short);
}

const withMore = (text: string, more: unknown): string =>
  typeof more === "string" && more !== "" ? `${text} (${more})` : text;

const short = (text: string): string => truncate(text.replaceAll(/\s+/g, " "), MAX_TITLE_CHARACTERS);

function recordsIn(value: JsonValue | undefined, field: string): Record<string, unknown>[] {
  const list: readonly unknown[] = isRecord(value) && Array.isArray(value[field]) ? (value[field] as unknown[]) : [];
  return list.filter((one): one is Record<string, unknown> => isRecord(one));
}
