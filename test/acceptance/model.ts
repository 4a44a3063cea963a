import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { chatCompletions } from "./chat-completions.ts";
import { messagesApi } from "./messages-api.ts";
import type { Script, Shown, Turn } from "./script.ts";

/** A conversation as a request tells it. */
export interface Asked {
  /** What it began with: tells a session and its subagents apart. */
  readonly beginning: string;
  /** How many messages it has: a request that is sent again has as many as before. */
  readonly length: number;
  /** Results of the calls of the last turn, in their order. */
  readonly shown: readonly Shown[];
  /** A side request, for a title or the like, has no tools, and gets any answer. */
  readonly hasTools: boolean;
}

/** How one host's provider speaks: what requests say, and how a turn is answered. */
export interface Dialect {
  readonly path: string;
  readonly request: z.ZodType<Asked>;
  answer(turn: Turn, request: { readonly stream: boolean; readonly model: string; readonly id: string }): Answer;
  /** For everything that is not a turn: model lists, token counts. */
  other(method: string, body: string): { readonly status: number; readonly json: unknown };
}

export interface Answer {
  readonly type: "application/json" | "text/event-stream";
  readonly body: string;
}

export interface ScriptedModel {
  readonly url: string;
  /** What the model was shown, one after the other, over all conversations. */
  readonly shown: readonly Shown[];
  /** The first thing that went wrong in a script. */
  readonly problem: Error | undefined;
  close(): void;
}

/** Begins a script; what its conversation began with is all that a subagent knows. */
export type Begin = (beginning: string) => Script;

interface Conversation {
  readonly script: Script;
  length: number;
  turn: Turn;
}

const Common = z.object({ stream: z.boolean().optional(), model: z.string().optional() });

/**
 * A model on the loopback interface that says what scripts say. `scripts` are found by a word in a conversation's first
 * message; each is begun once, when its conversation begins.
 */
export async function startModel(scripts: Readonly<Record<string, Begin>>): Promise<ScriptedModel> {
  const conversations = new Map<string, Conversation>();
  const shown: Shown[] = [];
  let problem: Error | undefined;
  let answers = 0;

  const turnFor = (asked: Asked): Turn => {
    if (!asked.hasTools) return { text: "ok" };
    const word = Object.keys(scripts).find((each) => asked.beginning.includes(each));
    if (word === undefined) return { text: "ok" };
    const known = conversations.get(word);
    if (known && known.length >= asked.length) return known.turn;
    const conversation = known ?? { script: scripts[word]!(asked.beginning), length: 0, turn: { text: "" } };
    shown.push(...(known ? asked.shown : []));
    const { value, done } = conversation.script.next(asked.shown);
    conversation.turn = done ? { text: value } : value;
    conversation.length = asked.length;
    conversations.set(word, conversation);
    return conversation.turn;
  };

  const server = createServer(async (request, response) => {
    const dialect = [messagesApi, chatCompletions].find(({ path }) => request.url?.split("?")[0] === path);
    const body = await textOf(request);
    if (!dialect || request.method !== "POST") {
      const { status, json } = (request.headers["x-api-key"] ? messagesApi : chatCompletions).other(
        request.method!,
        body,
      );
      return send(response, status, { type: "application/json", body: JSON.stringify(json) });
    }
    const given: unknown = JSON.parse(body);
    let turn: Turn;
    try {
      turn = turnFor(dialect.request.parse(given));
    } catch (error) {
      problem ??= error as Error;
      turn = { text: `The script broke off: ${(error as Error).message}` };
    }
    const { stream = false, model = "scripted" } = Common.parse(given);
    answers += 1;
    send(response, 200, dialect.answer(turn, { stream, model, id: String(answers) }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shown,
    get problem() {
      return problem;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

function send(response: ServerResponse, status: number, { type, body }: Answer): void {
  response.writeHead(status, { "content-type": type });
  response.end(body);
}
