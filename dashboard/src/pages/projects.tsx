/** /projects: all projects and the first of them. */
import { FolderGit2 } from "lucide-react";
import type { PageModule } from "../app/pages";
import { Projects } from "../components/Projects/Projects";

export const page: PageModule = { path: "/projects", title: "Projects", order: 20, icon: FolderGit2, key: "p", Component: Projects };
