/** Submits an operation: shown at once, replaced by what the API answers, taken back where it refuses. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { agentApi } from "../../api/agents";
import { newKey } from "../../api/keys";
import { serverNow } from "../../app/clock";
import { useNotify } from "../../app/notify";
import { upsert } from "../../live/merge";
import { activeQuery } from "../../live/queries";
import type { AgentOperation } from "../../types/project";

export interface Wanted {
  projectId: string;
  agentId: string;
  capability: string;
  parameters: Record<string, unknown>;
  ref?: string;
}

/** One key for each click, so that a request which is sent again makes no second operation. */
type Click = Wanted & { key: string };

export function useExecute() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const notify = useNotify();
  const put = (projectId: string, change: (old: AgentOperation[]) => AgentOperation[]) =>
    client.setQueryData(activeQuery(projectId).queryKey, (old) => change(old ?? []));
  const mutation = useMutation({
    mutationFn: ({ agentId, projectId, capability, parameters, ref, key }: Click) =>
      agentApi.executeCapability(agentId, projectId, capability, { parameters, idempotencyKey: key, ...(ref && { ref }) }),
    retry: (failures, error) => failures < 2 && "status" in error && error.status === 0,
    onMutate: (click) => put(click.projectId, (old) => upsert(old, expected(click))),
    onError: (error, click) => {
      put(click.projectId, (old) => old.filter((one) => one.id !== click.key));
      notify.error(error.message);
    },
    onSuccess: (operation, click) => {
      put(click.projectId, (old) => withAnswer(old, click.key, operation));
      const view = { label: "View", onClick: () => void navigate(`/operations/${operation.id}`) };
      notify.success("Operation started", view);
    },
    onSettled: (_, __, click) => void client.invalidateQueries({ queryKey: ["active", click.projectId] }),
  });
  return { execute: (wanted: Wanted) => mutation.mutate({ ...wanted, key: newKey() }), pending: mutation.isPending };
}

/** A frame may have been faster than the answer: the newer of both stays. */
function withAnswer(old: AgentOperation[], key: string, operation: AgentOperation): AgentOperation[] {
  const others = old.filter((one) => one.id !== key);
  return operation?.id ? upsert(others, operation) : others;
}

function expected(click: Click): AgentOperation {
  const now = new Date(serverNow()).toISOString();
  return {
    id: click.key,
    project_id: click.projectId,
    agent_id: click.agentId,
    capability: click.capability,
    capability_version: "",
    timestamp: now,
    status: "pending",
    reason: null,
    error: null,
    verdict: null,
    result: null,
    attempt: 0,
    duration_ms: null,
    seq: 0,
    parameters: click.parameters,
    ref: click.ref ?? null,
    commit: null,
    dirty: null,
    sandbox: null,
    tries: 0,
    worker: null,
    cancel_requested_at: null,
    wait_reason: "being submitted",
    wait_detail: null,
    waits: {},
    progress: null,
    requested_by: "",
    rerun_of: null,
    run_at: now,
    created_at: now,
    started_at: null,
    finished_at: null,
  };
}
