/** What an operation left behind: its log's end, and its files to download. */
import { useQuery } from "@tanstack/react-query";
import { operationApi } from "../../api/operations";
import { isTerminal } from "../../live/merge";
import type { AgentOperation, Artifact } from "../../types/project";
import { Answered } from "../Answered";
import { Panel } from "../Panel";
import { Empty } from "../Trouble";

const LOG = "log.txt";
const LOG_CHARACTERS = 64_000;

export function Files({ operation }: { operation: AgentOperation }) {
  // Its number is part of the name: a finished operation is always asked once more.
  const files = useQuery({
    queryKey: ["artifacts", operation.id, operation.seq],
    queryFn: () => operationApi.artifacts(operation.id),
    placeholderData: (old) => old,
  });
  return (
    <>
      {files.data?.some(({ name }) => name === LOG) && <Log id={operation.id} seq={operation.seq} />}
      <Panel title="Files" flush>
        <Answered query={files}>
          {(found) => (found.length === 0 ? <Empty title={isTerminal(operation) ? "It left no files." : "No files yet."} /> : <List id={operation.id} files={found} />)}
        </Answered>
      </Panel>
    </>
  );
}

function List({ id, files }: { id: string; files: readonly Artifact[] }) {
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.name}>
          <a href={operationApi.artifactAddress(id, file.name)} download>
            {file.name}
          </a>
          <span className="soft">{file.media_type}</span>
          <span className="soft number">{size(file.size)}</span>
        </li>
      ))}
    </ul>
  );
}

function Log({ id, seq }: { id: string; seq: number }) {
  const log = useQuery({ queryKey: ["log", id, seq], queryFn: () => operationApi.log(id, LOG_CHARACTERS) });
  return (
    <Panel title="Log" flush>
      <Answered query={log}>
        {/* It scrolls, so the keyboard must reach it. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        {(text) => <pre className="log" tabIndex={0} aria-label="Log">{text || "The log is empty."}</pre>}
      </Answered>
    </Panel>
  );
}

function size(bytes: number): string {
  return bytes < 1_024 ? `${bytes} B` : bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
