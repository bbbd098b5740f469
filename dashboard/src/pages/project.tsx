/** /projects/:id: the same page with one project selected. */
import type { PageModule } from "../app/pages";
import { Projects } from "../components/Projects/Projects";

export const page: PageModule = { path: "/projects/:id", title: "Project", Component: Projects };
