/** What the list of operations is narrowed by: status, words, and whose work it is. */
import { Field, Input } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import type { Filters } from "../../api/operations";
import { agentsQuery, capabilitiesQuery, projectsQuery } from "../../live/queries";
import { Choice } from "../Choice";
import { SINCE } from "./filters";

const STATES = ["", "pending", "running", "completed", "failed", "cancelled"];

interface NarrowingProps {
  filters: Filters;
  onChange: (name: keyof Filters, value: string) => void;
}

export function Narrowing({ filters, onChange }: NarrowingProps) {
  // A narrow screen shows them when asked; a wide one always.
  const [isOpen, setOpen] = useState(false);
  const projects = useQuery(projectsQuery()).data ?? [];
  const agents = useQuery(agentsQuery()).data ?? [];
  const capabilities = useQuery(capabilitiesQuery()).data ?? [];
  const choices: [keyof Filters, string, [string, string][]][] = [
    ["verdict", "Verdict", ["pass", "fail", "inconclusive"].map((name) => [name, name])],
    ["project_id", "Project", projects.map(({ id, name }) => [id, name])],
    ["agent_id", "Agent", agents.map(({ id, name }) => [id, name])],
    ["capability", "Capability", capabilities.map(({ name }) => [name, name])],
    ["since", "Created", SINCE],
  ];
  const set = choices.filter(([name]) => filters[name]).length;
  return (
    <search className="narrowing">
      <div className="tabs" role="group" aria-label="Status">
        {STATES.map((status) => (
          <button key={status} type="button" aria-pressed={(filters.status ?? "") === status} onClick={() => onChange("status", status)}>
            {status || "all"}
          </button>
        ))}
      </div>
      <Search key={filters.q} words={filters.q ?? ""} onSearch={(words) => onChange("q", words)} />
      <button type="button" className="more fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {set > 0 ? `Filters (${set})` : "Filters"}
      </button>
      <div className="narrowing-choices" data-folded={!isOpen || undefined}>
        {choices.map(([name, label, offered]) => (
          <Choice key={name} size="sm" label={label} empty="any" value={filters[name] ?? ""} choices={offered} onChange={(value) => onChange(name, value)} />
        ))}
      </div>
    </search>
  );
}

function Search({ words, onSearch }: { words: string; onSearch: (words: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const isAsked = useLocation().state === "search";
  useEffect(() => {
    if (isAsked) {
      field.current?.focus();
    }
  }, [isAsked]);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSearch(String(new FormData(event.currentTarget).get("q") ?? "").trim());
  };
  return (
    <form className="narrowing-search" onSubmit={send}>
      <Field.Root>
        <Field.Label>Search</Field.Label>
        <Input ref={field} name="q" type="search" size="sm" defaultValue={words} maxLength={200} placeholder="Words in error, summary or ref, or an id" aria-keyshortcuts="/" onBlur={(event) => event.target.value === "" && words !== "" && onSearch("")} />
      </Field.Root>
    </form>
  );
}
