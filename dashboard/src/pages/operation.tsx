/** /operations/:id: one operation. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import type { PageModule } from "../app/pages";
import { Answered } from "../components/Answered";
import { Copied } from "../components/Copied";
import { Missing, isMissing } from "../components/Missing";
import { OperationView } from "../components/Operation/OperationView";
import { wordOf } from "../components/status";
import { operationQuery } from "../live/queries";

function OperationPage() {
  const { id = "" } = useParams();
  const operation = useQuery(operationQuery(id));
  useEffect(() => {
    document.title = operation.data ? `${operation.data.capability}: ${wordOf(operation.data)} – Callboard` : "Operation – Callboard";
  }, [operation.data]);
  return (
    <div className="page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to="/operations">Operations</Link>
        <span aria-hidden="true">/</span>
        <Copied text={id} short={id.slice(0, 13)} />
      </nav>
      {isMissing(operation.error) && !operation.data ? (
        <Missing what="operation" told={`No operation has the id ${id}.`} to="/operations" link="All operations" />
      ) : (
        <Answered query={operation} lines={8}>{(found) => <OperationView key={found.id} operation={found} />}</Answered>
      )}
    </div>
  );
}

export const page: PageModule = { path: "/operations/:id", title: "Operation", Component: OperationPage };
