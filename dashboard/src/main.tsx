/** Starts the dashboard. */
import "@fontsource-variable/inter/wght.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/content.css";
import "./styles/badges.css";
import "./styles/tables.css";
import "./styles/operation.css";
import "./styles/findings.css";
import "./styles/figures.css";
import "./styles/charts.css";
import "./styles/operate.css";
import "./styles/operations.css";
import "./styles/states.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
