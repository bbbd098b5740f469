/** Shows one of the dashboard's pages at an address, with all that it needs around it. */
import { render } from "@testing-library/react";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";
import type { PageModule } from "../app/pages";
import { Providers } from "../app/Providers";

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="Address">{pathname + search}</output>;
}

export function show(page: PageModule, address: string) {
  return render(
    <MemoryRouter initialEntries={[address]}>
      <Providers>
        <Routes>
          <Route path={page.path} element={<page.Component />} />
          <Route path="*" element={null} />
        </Routes>
        <Address />
      </Providers>
    </MemoryRouter>,
  );
}
