import { checkCapabilities } from "./capability/check.ts";
import { findCapabilities } from "./capability/find.ts";
import { listCapabilities } from "./capability/list.ts";
import { createCheckpoint } from "./checkpoint/create.ts";
import { deleteCheckpoint } from "./checkpoint/delete.ts";
import { forkRun } from "./checkpoint/fork.ts";
import { listCheckpoints } from "./checkpoint/list.ts";
import { restoreCheckpoint } from "./checkpoint/restore.ts";
import { showCheckpoint } from "./checkpoint/show.ts";
import { acceptSteps } from "./handoff/accept.ts";
import { completeStep, failStep, progressStep, releaseStep, transferStep } from "./handoff/handoffs.ts";
import { answerQuestions, askPerson } from "./handoff/questions.ts";
import { briefRun } from "./run/brief.ts";
import { cancelRun, pauseRun, restartRun, resumeRun } from "./run/control.ts";
import { executeRun } from "./run/execute.ts";
import { stepLogs } from "./run/logs.ts";
import { listRuns, runStatus } from "./run/runs.ts";
import { grantTrust, lookAtTrust } from "./run/trust.ts";
import { correctSession } from "./session/correct.ts";
import { finishSession } from "./session/finish.ts";
import { listSessions } from "./session/list.ts";
import { sessionMenu } from "./session/menu.ts";
import { previewRouting } from "./session/route.ts";
import { startSession } from "./session/start.ts";
import { sessionStatus } from "./session/status.ts";
import { transitionSession } from "./session/transition.ts";
import { deleteTemplate, saveTemplate } from "./template/save-template.ts";
import { listTemplates, listVersions, previewTemplate, showTemplate } from "./template/templates.ts";
import { drawWorkflow, validateWorkflow } from "./workflow/workflows.ts";

/** All operations. A new one is a definition in its noun's folder and a line here. */
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
  "session.route": previewRouting,
  "session.status": sessionStatus,
  "session.menu": sessionMenu,
  "session.list": listSessions,
  "session.correct": correctSession,
  "session.transition": transitionSession,
  "session.finish": finishSession,
  "capabilities.find": findCapabilities,
  "capabilities.list": listCapabilities,
  "capabilities.check": checkCapabilities,
  "trust.look": lookAtTrust,
  "trust.grant": grantTrust,
} as const;
