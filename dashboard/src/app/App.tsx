/** The dashboard: its pages in the shell, under the path where it is served. */
import { Navigate, type RouteObject, RouterProvider, createBrowserRouter } from "react-router";
import { prefix } from "../api/http";
import { Missing } from "../components/Missing";
import { Shell } from "../components/Shell/Shell";
import { SignIn } from "../components/Shell/SignIn";
import { pages, rail } from "./pages";
import { Providers } from "./Providers";

const routes: RouteObject[] = [
  {
    element: (
      <Providers>
        <SignIn>
          <Shell />
        </SignIn>
      </Providers>
    ),
    children: [
      ...pages.map(({ path, Component }) => ({ path, element: <Component /> })),
      ...(pages.some(({ path }) => path === "/") ? [] : [{ path: "/", element: <Navigate to={rail[0]?.path ?? "/projects"} replace /> }]),
      { path: "*", element: <NoPage /> },
    ],
  },
];

function NoPage() {
  return (
    <div className="page">
      <Missing what="page" told="The rail names the pages that there are." to="/" link="Overview" />
    </div>
  );
}

export function App() {
  return <RouterProvider router={createBrowserRouter(routes, { basename: prefix() })} />;
}
