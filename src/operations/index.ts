import { briefRun } from "./briefing/brief.ts";
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
import { amendDelivered } from "./handoff/amend.ts";
import { answerQuestions } from "./handoff/answer.ts";
import { askPerson } from "./handoff/ask.ts";
import { completeStep } from "./handoff/complete.ts";
import { failStep } from "./handoff/fail.ts";
import { leaveNote } from "./handoff/note.ts";
import { progressStep } from "./handoff/progress.ts";
import { readPart } from "./handoff/read.ts";
import { releaseStep } from "./handoff/release.ts";
import { transferStep } from "./handoff/transfer.ts";
import { cancelRun, pauseRun, restartRun, resumeRun } from "./run/control.ts";
import { executeRun } from "./run/execute.ts";
import { listRuns } from "./run/list.ts";
import { stepLogs } from "./run/logs.ts";
import { runStatus } from "./run/status.ts";
import { correctSession } from "./session/correct.ts";
import { finishSession } from "./session/finish.ts";
import { listSessions } from "./session/list.ts";
import { sessionMenu } from "./session/menu.ts";
import { previewRouting } from "./session/route.ts";
import { startSession } from "./session/start.ts";
import { sessionStatus } from "./session/status.ts";
import { transitionSession } from "./session/transition.ts";
import { deleteTemplate } from "./template/delete.ts";
import { listTemplates } from "./template/list.ts";
import { previewTemplate } from "./template/preview.ts";
import { saveTemplate } from "./template/save.ts";
import { showTemplate } from "./template/show.ts";
import { listVersions } from "./template/versions.ts";
import { grantTrust, lookAtTrust } from "./trust/trust.ts";
import { drawWorkflow } from "./workflow/graph.ts";
import { validateWorkflow } from "./workflow/validate.ts";

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
  "handoff.amend": amendDelivered,
  "handoff.fail": failStep,
  "handoff.progress": progressStep,
  "handoff.note": leaveNote,
  "handoff.transfer": transferStep,
  "handoff.release": releaseStep,
  "handoff.ask": askPerson,
  "handoff.answer": answerQuestions,
  "handoff.read": readPart,
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
  "templates.save": saveTemplate,
  "templates.delete": deleteTemplate,
  "templates.versions": listVersions,
  "templates.preview": previewTemplate,
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
