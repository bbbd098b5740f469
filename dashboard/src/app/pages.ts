/** Every page is one file in src/pages that exports `page`; a new file is a new page, also in the rail. */
import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";

export interface PageModule {
  path: string;
  Component: ComponentType;
  title: string;
  /** Its place in the rail; pages without one are not in it. */
  order?: number;
  icon?: LucideIcon;
  /** The key that leads to it, after `g`. */
  key?: string;
}

const modules = import.meta.glob<{ page: PageModule }>("../pages/*.tsx", { eager: true });

export const pages: PageModule[] = Object.values(modules).map((module) => module.page);

export const rail = pages
  .filter((page) => page.order !== undefined)
  .sort((one, other) => (one.order ?? 0) - (other.order ?? 0));
