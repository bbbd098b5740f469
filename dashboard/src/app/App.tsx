/** The dashboard: its pages in the shell, under the path where it is served. */
import { Navigate, type RouteObject, RouterProvider, createBrowserRouter } from "react-router";
import { prefix } from "../api/http";
import { Shell } from "../components/Shell/Shell";
import { SignIn } from "../components/Shell/SignIn";
import { Empty } from "../components/Trouble";
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
      { path: "*", element: <Missing /> },
    ],
  },
];

function Missing() {
  return (
    <div className="page">
      <header className="page-head">
        <h1>There is no such page.</h1>
      </header>
      <Empty title="The rail names the pages that there are." />
    </div>
  );
}

export function App() {
  return <RouterProvider router={createBrowserRouter(routes, { basename: prefix() })} />;
}
