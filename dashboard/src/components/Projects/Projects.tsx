/** The projects, and the selected one: what can be run on it, and what has run. Works alone or in the shell. */
import { useQuery } from "@tanstack/react-query";
import { type FC, useEffect } from "react";
import { Link, useMatch } from "react-router";
import { Providers } from "../../app/Providers";
import { reveal } from "../../app/reveal";
import { type Facts, factsQuery, projectsQuery } from "../../live/queries";
import type { ProjectSummary } from "../../types/project";
import { Answered } from "../Answered";
import { NewAgentDialog, NewProjectDialog } from "../Dialogs";
import { isMissing } from "../Missing";
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
  const isGone = !project.data && isMissing(project.error);
  useEffect(() => {
    document.title = project.data ? `${project.data.name} – Callboard` : "Projects – Callboard";
  }, [project.data]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          <h1>{isGone ? "There is no such project" : (named && project.data?.name) || "Projects"}</h1>
          {project.data && <Standing status={project.data.status} />}
        </div>
        <div className="actions">
          <NewAgentDialog />
          <NewProjectDialog />
        </div>
      </header>
      <div className="master">
        <div>
          <Answered query={projects}>{(list) => <ProjectList projects={list} selected={id} />}</Answered>
        </div>
        {isGone ? (
          <Empty title={`No project has the id ${id}.`}>
            <Link to="/projects">All projects</Link>
          </Empty>
        ) : (
          <div className="detail">
            <RunPanel project={project.data} />
            {id && <Answered query={project} lines={6}>{(found) => <Detail facts={found} />}</Answered>}
          </div>
        )}
      </div>
    </div>
  );
}

/** What a project's status means for its work; nothing where it goes on as ever. */
function Standing({ status }: { status: Facts["status"] }) {
  return status === "active" ? null : <span className="badge" data-tone={status === "paused" ? "problem" : "off"}>{status}</span>;
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
        <Link key={id} to={`/projects/${encodeURIComponent(id)}`} ref={id === selected ? reveal : null} aria-current={id === selected ? "page" : undefined}>
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
