/** The one way to the API: requests under the page's own prefix, refusals as errors that keep their sentence. */
import { learn } from "../app/clock";
import type { components } from "./schema";

const LONGEST_MS = 15_000;

type Problem = components["schemas"]["Problem"];
export type FieldProblem = components["schemas"]["FieldProblem"];

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** A refusal of the API; `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly fields: FieldProblem[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export const isUnauthorized = (error: Error | null): boolean => error instanceof ApiError && error.status === 401;

/** The path under which the dashboard is served, with a slash at both ends. */
export function prefix(): string {
  return document.querySelector("base")?.getAttribute("href") ?? "/";
}

/** The address of something in the API. */
export const address = (path: string): string => `${prefix()}api/v1/${path}`;

/** The path with a query of what is given; empty is not given. */
export function under(path: string, query: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return path + (search && `?${search}`);
}

/** What the API answers. Throws ApiError for a refusal and where the API cannot be reached. */
export async function request<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await send(path, init);
  return answer.status === 204 ? (undefined as Answer) : ((await answer.json()) as Answer);
}

/** The answer's text, at most its last `longest` characters. */
export async function requestText(path: string, longest: number): Promise<string> {
  const text = await (await send(path, {})).text();
  return text.length > longest ? `…${text.slice(-longest)}` : text;
}

/** Sends a JSON body; see `request`. */
export function sendJson<Answer>(method: string, path: string, body?: unknown, headers: HeadersInit = {}): Promise<Answer> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return request<Answer>(path, { method, ...content, headers: { "Content-Type": "application/json", ...headers } });
}

/** Every item of a list, page after page. */
export async function all<Item>(path: string): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<Item> = await request(`${path}?${new URLSearchParams({ limit: "200", ...(cursor ? { cursor } : {}) })}`);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address(path), { credentials: "same-origin", signal: AbortSignal.timeout(LONGEST_MS), ...init });
  } catch {
    // Unreachable, or silent for too long.
    throw new ApiError("The API does not answer; is `callboard up` running?", 0, "unreachable");
  }
  learn(answer.headers.get("Date"));
  if (!answer.ok) {
    throw await refusal(answer);
  }
  return answer;
}

async function refusal(answer: Response): Promise<ApiError> {
  try {
    const problem = (await answer.json()) as Partial<Problem>;
    const sentence = problem.detail ?? problem.title ?? `The API answered ${answer.status}.`;
    return new ApiError(sentence, answer.status, problem.code ?? "unknown", problem.errors);
  } catch {
    return new ApiError(`The API answered ${answer.status} without a word; try again in a moment.`, answer.status, "unknown");
  }
}
