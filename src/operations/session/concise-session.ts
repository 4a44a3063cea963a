import { conciseActive, conciseQuestions } from "../run/concise-run.ts";
import type { SessionAnswer } from "./session-answers.ts";

/**
 * A session as a short structured answer: what its text says. Why the goal was routed as it was stands there only while
 * somebody decides about it: before the start, in explicit mode.
 */
export function conciseSession(answer: SessionAnswer): object {
  const { mode, finished, learnings, checks, routing, activeSteps = [], questions = [], ...kept } = answer;
  const started = answer.workflowId !== undefined;
  return {
    ...kept,
    ...(mode === "explicit" && { mode }),
    ...(finished && { finished }),
    routing: started ? startedRouting(routing) : openRouting(routing, mode === "explicit"),
    ...(!answer.summary && { checks }),
    ...(!answer.summary && learnings.length > 0 && { learnings }),
    ...(activeSteps.length > 0 && { activeSteps: activeSteps.map((one) => conciseActive(one)) }),
    ...(questions.length > 0 && { questions: conciseQuestions(questions) }),
  };
}

type Routing = SessionAnswer["routing"];

const startedRouting = ({ label, template, agents, missing }: Routing) => ({ label, template, agents, missing });

function openRouting({ reasons, confidence, alternatives = [], missing, ...kept }: Routing, explicit: boolean) {
  return {
    ...kept,
    ...(typeof confidence === "number" && { confidence: hundredths(confidence) }),
    ...(alternatives.length > 0 && {
      alternatives: alternatives.map(({ label, confidence }) => ({ label, confidence: hundredths(confidence) })),
    }),
    missing,
    ...(explicit && reasons && { reasons }),
  };
}

const hundredths = (share: number): number => Math.round(100 * share) / 100;
