/** /findings: the findings of the project that is chosen here. */
import { useQuery } from "@tanstack/react-query";
import { Bug } from "lucide-react";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { Choice } from "../components/Choice";
import { Ledger } from "../components/Ledger/Ledger";
import { Empty } from "../components/Trouble";
import { projectsQuery } from "../live/queries";

function Findings() {
  const projects = useQuery(projectsQuery());
  const navigate = useNavigate();
  const first = projects.data?.[0];
  useEffect(() => {
    document.title = "Findings – Callboard";
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Findings</h1>
        {first && (
          <Choice
            size="sm"
            label="Project"
            empty="choose one"
            value={first.id}
            choices={projects.data?.map(({ id, name }) => [id, name]) ?? []}
            onChange={(id) => id && void navigate(`/projects/${encodeURIComponent(id)}/findings`)}
          />
        )}
      </header>
      <Answered query={projects} lines={8}>
        {() => (first ? <Ledger projectId={first.id} /> : <Empty title="There is no project yet, and so nothing was found." />)}
      </Answered>
    </div>
  );
}

export const page: PageModule = { path: "/findings", title: "Findings", order: 35, icon: Bug, key: "n", Component: Findings };
