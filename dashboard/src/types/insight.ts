/** The shapes of what the API tells of throughput, queues, failures and findings. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Stats = Schemas["Stats"];
export type Ended = Schemas["Ended"];
export type Failure = Schemas["Failure"];
export type Queue = Schemas["Queue"];
export type LedgerFinding = Schemas["LedgerFinding"];
export type TrendPoint = Schemas["TrendPoint"];
export type FindingPage = Schemas["FindingPage"];
export type FindingState = LedgerFinding["state"];
