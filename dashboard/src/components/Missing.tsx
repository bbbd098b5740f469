/** Stands where an address leads to nothing: says so, and leads to what there is. */
import { Link } from "react-router";
import { ApiError } from "../api/http";
import { Empty } from "./Trouble";

interface MissingProps {
  what: string;
  told: string;
  to: string;
  link: string;
}

/** Whether the API says that there is no such thing: to ask again changes nothing. */
export const isMissing = (error: Error | null): boolean => error instanceof ApiError && error.status === 404;

export function Missing({ what, told, to, link }: MissingProps) {
  return (
    <>
      <header className="page-head">
        <h1>There is no such {what}</h1>
      </header>
      <Empty title={told}>
        <Link to={to}>{link}</Link>
      </Empty>
    </>
  );
}
