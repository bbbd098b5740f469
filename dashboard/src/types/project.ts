/** The API's shapes under the names that the dashboard uses; all are derived from what the API says of itself. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Project = Schemas["ProjectAnswer"];
export type ProjectSummary = Schemas["ProjectSummary"];
export type ProjectAgentMetadata = Schemas["AgentMetadata"];
export type AgentOperation = Schemas["AgentProjectOperation"];
export type OperationRecord = Schemas["HistoryRecord"];
export type Agent = Schemas["AgentAnswer"];
export type AssignedAgent = Schemas["AssignedAgent"];
export type Capability = Schemas["CapabilityAnswer"];
export type Worker = Schemas["WorkerAnswer"];
export type Artifact = Schemas["Artifact"];

export type BulkAction = Schemas["Action"];
export type BulkPreview = Schemas["Preview"];
export type BulkOutcome = Schemas["Outcome"];

export type Status = AgentOperation["status"];
export type Verdict = NonNullable<AgentOperation["verdict"]>;

export type AgentOperationMessage = Schemas["AgentOperationMessage"];
export type ProjectUpdateMessage = Schemas["ProjectUpdateMessage"];
export type ProgressMessage = Schemas["ProgressMessage"];
export type ResetMessage = Schemas["ResetMessage"];
export type HeadsMessage = Schemas["HeadsMessage"];
export type NumberedMessage = AgentOperationMessage | ProjectUpdateMessage;

/** What the live socket carries. */
export type WebSocketMessage = NumberedMessage | ProgressMessage | ResetMessage | HeadsMessage;
