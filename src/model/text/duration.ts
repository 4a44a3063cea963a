import { z } from "zod";

/** Milliseconds of each unit, in the order in which a text names them. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** One year. A longer duration is probably in the wrong unit. */
const MAX_DURATION_MS = 31_536_000_000;

/** The ways to write a duration, for hints. */
export const DURATION_FORMS = 'whole milliseconds, or text such as "250ms", "5s", "10m", "1h30m", "2d"';

/** Whole numbers with units, the larger unit first, each unit once. */
const FORM = new RegExp(
  `^${Object.keys(UNITS)
    .map((unit) => `(?:(\\d{1,15})${unit})?`)
    .join("")}$`,
);

/** Milliseconds of a duration in words, as `1h30m`; `undefined` if the text is none. */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : FORM.exec(text);
  if (match === null) return undefined;
  const parts = Object.values(UNITS).map((unit, at) => Number(match[at + 1] ?? 0) * unit);
  return parts.reduce((sum, part) => sum + part);
}

const withoutText = (value: unknown): unknown => (typeof value === "string" ? (parseDuration(value) ?? value) : value);

/** A field that takes a duration, as a number of milliseconds or as text, and gives milliseconds. */
export const duration = (least = 0) =>
  z.preprocess(
    withoutText,
    z
      .number({ error: ({ code }) => (code === "invalid_type" ? `must be a duration: ${DURATION_FORMS}` : undefined) })
      .int()
      .min(least)
      .max(MAX_DURATION_MS)
      .meta({ kind: "duration" }),
  );
