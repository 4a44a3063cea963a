import { z } from "zod";

export const runId = z.string().describe("the run");

export const runIdOrLatest = z.string().describe("the run (default: the latest)").optional();
