/** The projects, and the selected one: what can be run on it, and what has run. Works alone or in the shell. */
import { useQuery } from "@tanstack/react-query";
import { type FC, useEffect } from "react";
import { Link, useMatch } from "react-router";
import { Providers } from "../../app/Providers";
import { type Facts, factsQuery, projectsQuery } from "../../live/queries";
import type { ProjectSummary } from "../../types/project";
import { Answered } from "../Answered";
import { NewAgentDialog, NewProjectDialog } from "../Dialogs";
import { Empty } from "../Trouble";
import { History } from "./History";
import { ProjectFacts } from "./ProjectFacts";
import { RunPanel } from "./RunPanel";

export const Projects: FC = () => (
  <Providers>
    <ProjectsView />
  </Providers>
);

function ProjectsView() {
  const projects = useQuery(projectsQuery());
  const named = useMatch("/projects/:id")?.params.id;
  const id = named ?? projects.data?.[0]?.id ?? "";
  const project = useQuery(factsQuery(id));
  useEffect(() => {
    document.title = project.data ? `${project.data.name} – Callboard` : "Projects – Callboard";
  }, [project.data]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>Projects</h1>
        <div className="actions">
          <NewAgentDialog />
          <NewProjectDialog />
        </div>
      </header>
      <div className="master">
        <Answered query={projects}>{(list) => <ProjectList projects={list} selected={id} />}</Answered>
        <div className="detail">
          <RunPanel project={project.data} />
          {id && <Answered query={project} lines={6}>{(found) => <Detail facts={found} />}</Answered>}
        </div>
      </div>
    </div>
  );
}

function ProjectList({ projects, selected }: { projects: readonly ProjectSummary[]; selected: string }) {
  if (projects.length === 0) {
    return (
      <Empty title="No projects yet.">
        <p>Create one here, or point Callboard at a folder:</p>
        <code>callboard check .</code>
      </Empty>
    );
  }
  return (
    <nav className="list" aria-label="Projects">
      {projects.map(({ id, name, status }) => (
        <Link key={id} to={`/projects/${encodeURIComponent(id)}`} aria-current={id === selected ? "page" : undefined}>
          <span className="list-name">{name}</span>
          {status === "archived" && <small>archived</small>}
        </Link>
      ))}
    </nav>
  );
}

function Detail({ facts }: { facts: Facts }) {
  return (
    <>
      <History projectId={facts.id} />
      <ProjectFacts project={facts} />
    </>
  );
}
