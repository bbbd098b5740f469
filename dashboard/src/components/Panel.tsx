/** A card of the page with a heading; what goes wrong in it stays in it. */
import { Component, type ReactNode, useId } from "react";
import { Button } from "@chakra-ui/react";

interface PanelProps {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  flush?: boolean;
}

export function Panel({ title, aside, children, flush = false }: PanelProps) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id} data-flush={flush || undefined}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div className="panel-body">
        <Boundary>{children}</Boundary>
      </div>
    </section>
  );
}

interface BoundaryState {
  error: Error | null;
}

export class Boundary extends Component<{ children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: Error): BoundaryState {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) {
      return this.props.children;
    }
    return (
      <div className="note" data-tone="bad" role="alert">
        <p>This part of the page cannot be shown: {this.state.error.message}</p>
        <Button size="xs" variant="outline" onClick={() => this.setState({ error: null })}>
          Show it again
        </Button>
      </div>
    );
  }
}
