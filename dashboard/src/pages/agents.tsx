/** /agents: who can work, and what each can do. */
import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import { useEffect } from "react";
import { Link } from "react-router";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { NewAgentDialog } from "../components/Dialogs";
import { Panel } from "../components/Panel";
import { Empty } from "../components/Trouble";
import { agentsQuery, capabilitiesQuery } from "../live/queries";
import type { Agent, Capability } from "../types/project";

function Agents() {
  const agents = useQuery(agentsQuery());
  const catalogue = useQuery(capabilitiesQuery());
  useEffect(() => {
    document.title = "Agents – Callboard";
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Agents</h1>
        <NewAgentDialog />
      </header>
      <div className="stack">
        <Panel title="Who can work" flush>
          <Answered query={agents}>{(list) => <AgentList agents={list} />}</Answered>
        </Panel>
        <Panel title="What can be done" flush>
          <Answered query={catalogue}>{(list) => <Catalogue capabilities={list} />}</Answered>
        </Panel>
      </div>
    </div>
  );
}

function AgentList({ agents }: { agents: readonly Agent[] }) {
  if (agents.length === 0) {
    return (
      <Empty title="No agents yet.">
        <p>An agent is a name for who works, with the capabilities that it can perform.</p>
      </Empty>
    );
  }
  return (
    <ul className="staff">
      {agents.map((agent) => (
        <li key={agent.id}>
          <span className="staff-name">{agent.name}</span>
          <span className="chips">
            {agent.capabilities.map((name) => (
              <span key={name} className="chip">
                {name}
              </span>
            ))}
          </span>
          <Link to={`/operations?agent_id=${encodeURIComponent(agent.id)}`} aria-label={`Operations of ${agent.name}`}>
            Operations
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Catalogue({ capabilities }: { capabilities: readonly Capability[] }) {
  if (capabilities.length === 0) {
    return <Empty title="No worker has offered anything yet." />;
  }
  return (
    <ul className="catalogue">
      {capabilities.map((one) => (
        <li key={one.name}>
          <div>
            <strong>{one.name}</strong> <span className="soft">{`version ${one.version}, at most ${one.timeout} s, ${one.tries} tries`}</span>
            <p className="soft">{one.description.split("\n", 1)[0]}</p>
          </div>
          <span className="badge" data-tone={one.workers.length > 0 ? "good" : "bad"}>
            {one.workers.length === 0 ? "no worker" : one.workers.length === 1 ? "1 worker" : `${one.workers.length} workers`}
          </span>
        </li>
      ))}
    </ul>
  );
}

export const page: PageModule = { path: "/agents", title: "Agents", order: 50, icon: Bot, key: "a", Component: Agents };
