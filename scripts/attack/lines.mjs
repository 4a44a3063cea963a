// Sends odd lines and arguments to a server. It may answer each at most once, must print nothing else, and must go on.
import { Server } from "./server.mjs";

const NESTING_LEVELS = 20_000;
const ODD_LINES = [
  "",
  "null",
  "[]",
  "{}",
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":null,"method":"tools/list"}',
  '{"jsonrpc":"2.0","id":{},"method":"tools/list"}',
  '{"jsonrpc":"1.0","id":9e9,"method":"tools/list"}',
  '{"jsonrpc":"2.0","id":"x","method":"__proto__"}',
  '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"constructor","arguments":{}}}',
  '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"handoff","arguments":"text"}}',
  '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"handoff","arguments":{"__proto__":{"a":1}}}}',
  '{"jsonrpc":"2.0","id":"x","method":"resources/read","params":{"uri":"file:///etc/passwd"}}',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
  '[{"jsonrpc":"2.0","id":"x","method":"ping"}]',
  '{"jsonrpc":"2.0","id":"x","method":"ping"',
  "\u0000\u0001\ufffd",
  '"\\ud800"',
  "[".repeat(NESTING_LEVELS),
  `{"jsonrpc":"2.0","id":"x","method":"ping","params":${"[".repeat(NESTING_LEVELS)}${"]".repeat(NESTING_LEVELS)}}`,
  `{"jsonrpc":"2.0","id":"x","method":"ping","params":{"a":"${"x".repeat(5 * 1024 * 1024)}"}}`,
];
const ODD_VALUES = [null, true, -1, 9e99, "", "\u202e", "../../x", "__proto__", [], {}, [[[]]], "x".repeat(1_000_000)];
const ARGUMENTS = [
  "action",
  "workflowId",
  "workflow",
  "assignment",
  "output",
  "stepId",
  "cursor",
  "since",
  "cwd",
  "file",
  "name",
];

export async function lines({ directory, until }) {
  const server = await Server.start(directory);
  const found = [];
  const { result } = await server.request("tools/list", {});
  let [said, calls] = [0, 0];
  do {
    for (const line of ODD_LINES) {
      server.write(`${line}\n`);
      said++;
    }
    for (const { name } of result.tools) {
      for (const argument of ARGUMENTS) {
        const value = ODD_VALUES[calls++ % ODD_VALUES.length];
        const answer = await server.tool(name, { [argument]: value });
        if (/internal_error/.test(answer.error ?? ""))
          found.push(`${name} {${argument}: ${JSON.stringify(value).slice(0, 40)}}`);
      }
    }
  } while (Date.now() < until);
  await server.request("ping", {});
  if (server.noise.length > 0) found.push(`unexpected output: ${server.noise[0]}`);
  await server.kill();
  return { much: `${said} odd lines, ${calls} odd calls`, found: [...new Set(found)] };
}
