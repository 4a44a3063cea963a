import { z } from "zod";
import { CoreEvent, type EventSchema } from "../model/event.ts";
import { CoreMessage, type Message, type MessageSchema } from "../model/message.ts";
import { FEATURES } from "./features/index.ts";

const schemasIn = <S>(rules: Readonly<Record<string, { readonly schema: S }>>): S[] =>
  Object.values(rules).map(({ schema }) => schema);

/** The schema of every event that a journal may hold, by its type. */
export const EVENT_SCHEMAS: ReadonlyMap<string, EventSchema> = new Map(
  [...(CoreEvent.options as readonly EventSchema[]), ...schemasIn<EventSchema>(FEATURES.events)].map((schema) => [
    schema.shape.type.value,
    schema,
  ]),
);

/** The schema of every message to a run. */
export const AnyMessage = z.discriminatedUnion("action", [
  ...CoreMessage.options,
  ...schemasIn<MessageSchema>(FEATURES.messages),
]) as unknown as z.ZodType<Message>;
