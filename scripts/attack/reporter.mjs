// Prints a line of JSON for each started and ended test, so that the progress is known when the runner is stopped
// early.
import { writeSync } from "node:fs";

const tell = (what) => writeSync(1, `${JSON.stringify(what)}\n`);

export default class Reporter {
  onTestRunStart(files) {
    tell({ files: files.map(({ moduleId }) => moduleId) });
  }
  onTestCaseReady({ fullName }) {
    tell({ begun: fullName });
  }
  onTestCaseResult(test) {
    const { state, errors = [] } = test.result();
    tell({ ended: test.fullName, state, why: errors[0]?.message.slice(0, 200) });
  }
  onTestModuleEnd(file) {
    tell({ file: file.moduleId, why: file.errors()[0]?.message.slice(0, 200) });
  }
  onTestRunEnd(_files, errors) {
    tell({ over: true, why: errors[0]?.message?.slice(0, 200) });
  }
}
