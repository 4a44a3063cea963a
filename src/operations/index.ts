import { acceptSteps } from "./accept.ts";
import { briefRun } from "./briefing.ts";
import { checkCapabilities, findCapabilities, listCapabilities } from "./capabilities.ts";
import { createCheckpoint, deleteCheckpoint, listCheckpoints } from "./checkpoints.ts";
import { cancelRun, pauseRun, restartRun, resumeRun } from "./control.ts";
import { executeRun } from "./execute.ts";
import { forkRun } from "./fork.ts";
import { completeStep, failStep, progressStep, releaseStep, transferStep } from "./handoffs.ts";
import { stepLogs } from "./logs.ts";
import { answerQuestions, askPerson } from "./questions.ts";
import { restoreCheckpoint, showCheckpoint } from "./restore.ts";
import { routeOperation } from "./routing.ts";
import { listRuns, runStatus } from "./runs.ts";
import { listSessions, sessionMenu } from "./session-menu.ts";
import { startSession } from "./session-start.ts";
import { correctSession, finishSession, sessionStatus, transitionSession } from "./session-steer.ts";
import { deleteTemplate, saveTemplate } from "./template-save.ts";
import { listTemplates, listVersions, previewTemplate, showTemplate } from "./templates.ts";
import { grantTrust, lookAtTrust } from "./trust.ts";
import { drawWorkflow, validateWorkflow } from "./workflows.ts";

/** Everything that can be asked for. A new verb is a definition in its noun's file and a line here. */
export const operations = {
  "run.execute": executeRun,
  "run.status": runStatus,
  "run.list": listRuns,
  "run.logs": stepLogs,
  "run.brief": briefRun,
  "run.pause": pauseRun,
  "run.resume": resumeRun,
  "run.cancel": cancelRun,
  "run.restart": restartRun,
  "handoff.accept": acceptSteps,
  "handoff.complete": completeStep,
  "handoff.fail": failStep,
  "handoff.progress": progressStep,
  "handoff.transfer": transferStep,
  "handoff.release": releaseStep,
  "handoff.ask": askPerson,
  "handoff.answer": answerQuestions,
  "checkpoint.create": createCheckpoint,
  "checkpoint.list": listCheckpoints,
  "checkpoint.show": showCheckpoint,
  "checkpoint.restore": restoreCheckpoint,
  "checkpoint.fork": forkRun,
  "checkpoint.delete": deleteCheckpoint,
  "workflow.validate": validateWorkflow,
  "workflow.graph": drawWorkflow,
  "templates.list": listTemplates,
  "templates.show": showTemplate,
  "templates.versions": listVersions,
  "templates.preview": previewTemplate,
  "templates.save": saveTemplate,
  "templates.delete": deleteTemplate,
  "session.start": startSession,
  "session.route": routeOperation,
  "session.status": sessionStatus,
  "session.correct": correctSession,
  "session.finish": finishSession,
  "session.transition": transitionSession,
  "session.menu": sessionMenu,
  "session.list": listSessions,
  "capabilities.find": findCapabilities,
  "capabilities.list": listCapabilities,
  "capabilities.check": checkCapabilities,
  "trust.look": lookAtTrust,
  "trust.grant": grantTrust,
} as const;
