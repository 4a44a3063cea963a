import { z } from "zod";

export const cwd = z.string().describe("a directory in the project (default: the server's)").optional();

export const reference = z.string().describe("name, name@1 (the highest 1.x) or name@1.2.0");

/** A template by name, with the version that is meant. The tool does not list `version`: the name may hold it. */
export const naming = { name: reference, version: z.string().describe("the version").optional(), cwd };
