/** Reads one message of the socket; whatever is none is dropped, so that nothing malformed reaches the page. */
import type { WebSocketMessage } from "../types/project";

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const isNumbered = (message: Json): boolean => typeof message["project_id"] === "string" && Number.isSafeInteger(message["seq"]);

const CHECKS: Record<WebSocketMessage["type"], (message: Json, payload: Json) => boolean> = {
  heads: (_, payload) => Object.values(payload).every(Number.isSafeInteger),
  agent_operation: (message, payload) =>
    isNumbered(message) && isObject(payload["operation"]) && typeof payload["operation"]["id"] === "string",
  project_update: (message, payload) => isNumbered(message) && isObject(payload["metadata"]),
  progress: (message, payload) => typeof message["project_id"] === "string" && typeof payload["operation_id"] === "string",
  reset: (message, payload) => typeof message["project_id"] === "string" && Number.isSafeInteger(payload["head"]),
};

/** The message, or null where the data is not one. */
export function parse(data: unknown): WebSocketMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(String(data));
  } catch {
    return null;
  }
  if (!isObject(value) || !isObject(value["payload"]) || !Object.hasOwn(CHECKS, String(value["type"]))) {
    return null;
  }
  const check = CHECKS[value["type"] as WebSocketMessage["type"]];
  return check(value, value["payload"]) ? (value as unknown as WebSocketMessage) : null;
}
