/** What stands around every page: the rail, the state of the connection, and the person's choices. */
import { Clock, Keyboard, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useRef } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { NavLink, Outlet, ScrollRestoration, useLocation, useNavigate } from "react-router";
import { prefix } from "../../api/http";
import { signOut } from "../../api/session";
import { useNotify } from "../../app/notify";
import { type Theme, usePreferences } from "../../app/Preferences";
import { rail } from "../../app/pages";
import { reveal } from "../../app/reveal";
import { useKeyboard, useShortcuts } from "../Keyboard/shortcuts";
import type { Shortcut } from "../Keyboard/shortcuts";
import { Boundary } from "../Panel";
import { ClockNote } from "./ClockNote";
import { ConnectionPill } from "./ConnectionPill";

export function Shell() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  useFocusOf(pathname);
  useShortcuts(
    "Go to",
    rail.flatMap(({ key, title, path }): Shortcut[] => (key ? [[`g ${key}`, title, () => void navigate(path)]] : [])),
  );
  useShortcuts("Everywhere", [["/", "Search operations", () => search() || void navigate("/operations", { state: "search" })]]);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <aside className="rail">
        <div className="brand">
          <img src={`${prefix()}icon.svg`} alt="" width={28} height={28} />
          <span>Callboard</span>
        </div>
        <nav aria-label="Pages" className="rail-pages">
          {rail.map(({ path, title, icon: Icon }) => (
            <NavLink key={path} to={path} end={path === "/"} ref={leadsTo(path, pathname) ? reveal : null}>
              {Icon && <Icon size={18} aria-hidden="true" />}
              {title}
            </NavLink>
          ))}
        </nav>
        <div className="rail-foot">
          <ConnectionPill />
          <Choices />
        </div>
      </aside>
      <main id="main" tabIndex={-1}>
        <ClockNote />
        <Boundary key={pathname}>
          <Outlet />
        </Boundary>
      </main>
      <ScrollRestoration />
    </div>
  );
}

const leadsTo = (path: string, pathname: string): boolean => pathname === path || (path !== "/" && pathname.startsWith(`${path}/`));

/** A page that goes takes the focus along; the page that comes then has it. */
function useFocusOf(pathname: string): void {
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current !== pathname && document.activeElement === document.body) {
      document.getElementById("main")?.focus({ preventScroll: true });
    }
    shown.current = pathname;
  }, [pathname]);
}

/** With a <base> in the page, "#main" alone would lead to another address. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** Puts the cursor into the page's search; false where it has none. */
function search(): boolean {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  field?.focus();
  return field !== null;
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const THEMES = { system: Monitor, light: Sun, dark: Moon };

function Choices() {
  const { theme, zone, setTheme, setZone } = usePreferences();
  const { showHelp } = useKeyboard();
  const client = useQueryClient();
  const notify = useNotify();
  const nextTheme = () => setTheme(NEXT[theme]);
  const nextZone = () => setZone(zone === "utc" ? "local" : "utc");
  useShortcuts("Everywhere", [["t", "Next theme", nextTheme], ["z", "Local time or UTC", nextZone]]);
  const Icon = THEMES[theme];
  const leave = async () => {
    await signOut();
    await client.resetQueries();
  };
  return (
    <div className="choices">
      <button type="button" onClick={nextTheme} aria-label={`Theme: ${theme}`} title={`Theme: ${theme}`}>
        <Icon size={16} aria-hidden="true" />
      </button>
      <button type="button" onClick={nextZone} title="Time zone">
        <Clock size={16} aria-hidden="true" />
        {zone === "utc" ? "UTC" : "Local"}
      </button>
      <button type="button" onClick={showHelp} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">
        <Keyboard size={16} aria-hidden="true" />
      </button>
      <button type="button" onClick={() => leave().catch((error: Error) => notify.error(error.message))} aria-label="Sign out" title="Sign out">
        <LogOut size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
