/** /projects/:id/findings: the findings of one project. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { PageModule } from "../app/pages";
import { Choice } from "../components/Choice";
import { Ledger } from "../components/Ledger/Ledger";
import { projectsQuery } from "../live/queries";

function ProjectFindings() {
  const { id = "" } = useParams();
  const projects = useQuery(projectsQuery()).data ?? [];
  const navigate = useNavigate();
  const name = projects.find((project) => project.id === id)?.name ?? id;
  useEffect(() => {
    document.title = `Findings of ${name} – Callboard`;
  }, [name]);
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to={`/projects/${encodeURIComponent(id)}`}>{name}</Link>
        <span aria-hidden="true">/</span>
        <span>Findings</span>
      </nav>
      <header className="page-head">
        <h1>Findings</h1>
        <Choice
          size="sm"
          label="Project"
          empty="choose one"
          value={id}
          choices={projects.map((project) => [project.id, project.name])}
          onChange={(other) => other && void navigate(`/projects/${encodeURIComponent(other)}/findings`)}
        />
      </header>
      <Ledger key={id} projectId={id} />
    </div>
  );
}

export const page: PageModule = { path: "/projects/:id/findings", title: "Findings of a project", Component: ProjectFindings };
