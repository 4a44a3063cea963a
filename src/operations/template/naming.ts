import { z } from "zod";

export const cwd = z.string().describe("the project (default: the server's)").optional();

export const reference = z.string().describe("its name (or name@1, name@1.2.0)");

/** A template by name, with the version that is meant. The tool does not list `version`: the name may hold it. */
export const naming = { name: reference, version: z.string().describe("the version").optional(), cwd };
