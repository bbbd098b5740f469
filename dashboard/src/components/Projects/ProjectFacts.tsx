/** What a project is, and who works on it. */
import { Button } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { projectApi } from "../../api/projects";
import { useNotify } from "../../app/notify";
import type { Facts } from "../../live/queries";
import type { AssignedAgent } from "../../types/project";
import { AssignDialog } from "../Dialogs";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";
import { When } from "../When";
import { useStaff } from "./useStaff";

export function ProjectFacts({ project }: { project: Facts }) {
  const staff = useStaff(project);
  const place = [project.source?.["path"] ?? project.source?.["git"], project.source?.["ref"]].filter(Boolean).join(" @ ");
  return (
    <>
      <Panel title="Agents" flush aside={<AssignDialog project={project} />}>
        {staff.length === 0 ? (
          <Empty title="Nobody works here yet.">
            <p>Assign an agent, and grant what it may do.</p>
          </Empty>
        ) : (
          <ul className="staff">
            {staff.map((agent) => (
              <Member key={agent.id} agent={agent} projectId={project.id} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="About">
        <dl className="facts">
          <dt>Id</dt>
          <dd><code>{project.id}</code></dd>
          {project.description && <><dt>Description</dt><dd>{project.description}</dd></>}
          <dt>Source</dt>
          <dd><code>{place || "none"}</code></dd>
          {project.created_at && <><dt>Created</dt><dd><When time={project.created_at} /></dd></>}
        </dl>
      </Panel>
    </>
  );
}

function Member({ agent, projectId }: { agent: AssignedAgent; projectId: string }) {
  const client = useQueryClient();
  const notify = useNotify();
  const leave = useMutation({
    mutationFn: () => projectApi.unassign(projectId, agent.id),
    onSuccess: () => client.invalidateQueries(),
    onError: (error) => notify.error(error.message),
  });
  return (
    <li>
      <span className="staff-name">{agent.name}</span>
      <span className="chips">
        {agent.capabilities.map((name) => (
          <span key={name} className="chip">{name}</span>
        ))}
      </span>
      <Button size="xs" variant="ghost" loading={leave.isPending} onClick={() => leave.mutate()} aria-label={`Unassign agent ${agent.id}`}>
        Unassign
      </Button>
    </li>
  );
}
